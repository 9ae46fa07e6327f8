"""Which lines of a saved page are the site's and not the article's.

Every rule matches a whole line, so that no sentence of an article is dropped because a word of it looks like a button;
a line that no rule knows stays. `tests/corpus/test_boilerplate.py` lists lines of both kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAX_LINE = 240  # characters; anything longer is prose


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_END = r"\s*[.!:…»›→>]*"
_LINK = r"\s*(?:[:|»›→>–—]|\s-\s).*"  # "Read more: …", "Related | …"
_COUNT = r"(?:\d[\d,.]*k?|no|add|all|view|show|hide|read|load|see|more)"

# Lines that are buttons, banners and links wherever they stand.
_COMMENTS = (
    rf"(?:post|leave|add|write|submit) (?:a|your) (?:comment|reply)(?: for [\"“‘'].*| below)?{_END}",
    rf"(?:{_COUNT} )+comments?{_END}|comments? ?\(\d+\){_END}",
    rf"comments? (?:are|is|have been) (?:closed|disabled|turned off){_END}",
    rf"(?:join|start) the (?:conversation|discussion){_END}|be the first to comment{_END}",
    rf"(?:log|sign) in to (?:leave a )?(?:comment|reply){_END}|notify me of .{{3,40}} by email{_END}",
    r"your email address will not be published.*|required fields are marked.*",
)
_SHARING = (
    rf"share(?: this| the)?(?: article| story| post| page| video)?(?: (?:on|via|with) .{{2,60}})?{_END}",
    rf"(?:copy|copied) (?:the )?(?:link|url)(?: to clipboard)?{_END}|link copied!?",
    rf"(?:follow|find|like|join) us (?:on|at) .{{2,80}}|follow @\w+(?: on \w+)?{_END}",
    rf"(?:email|print|save|bookmark) this(?: article| story| page)?{_END}",
)
_COOKIES = (
    r"(?:we|this (?:web ?)?site|our (?:web ?)?site)(?: and (?:our|its) (?:\w+ )?partners)? uses? cookies\b.*",
    r"by (?:continuing|using|clicking|signing|subscribing|submitting)\b.*\b"
    r"(?:cookies|you (?:agree|consent|accept)).*",
    rf"(?:accept|reject|allow|manage|decline)(?: all)?(?: (?:cookies|cookie settings|preferences|options))?{_END}",
    rf"(?:cookie|privacy) (?:policy|notice|settings|preferences){_END}",
    rf"terms (?:of|and) (?:use|service|conditions){_END}",
    rf"do not sell (?:or share )?my (?:personal )?(?:information|info|data){_END}",
)
_SIGN_UPS = (
    r"(?:please )?(?:sign[ -]?up|subscribe|register)(?: (?:now|here|today|free|below))?,? (?:for|to|and|with) .*"
    r"(?:newsletters?|briefing|inbox|updates|alerts|channel|podcast|magazine|e-?mails?|account)\b.{0,60}",
    r"(?:get|receive|have) .{3,120}\b(?:in|to|into) (?:your|their|my) inbox\b.{0,60}",
    r".{0,30}newsletter: (?:sign ?up|subscribe)\b.*|become a (?:member|subscriber|supporter)" + _END,
    rf"(?:subscribe|sign up|sign in|log in|log ?out|register)(?: now| here)?{_END}",
    rf"(?:enter )?your e-?mail(?: address)?{_END}|thank you for (?:subscribing|signing up){_END}",
    r"already (?:a subscriber|have an account|registered)\?.*|download (?:the|our) (?:.{2,30} )?app\b.{0,60}",
    r"(?:click|tap) here to (?:subscribe|sign up|join|register|download|get|read|see|watch|follow|share)\b.{0,120}",
)
_ADVERTISING = (
    rf"-* ?(?:advertisements?|advertisement feature|advertorial|promoted(?: content)?) ?-*{_END}",
    rf"sponsored(?: content| by .{{2,40}})?{_END}|skip ad(?:vertisement)?{_END}",
    rf"(?:(?:advertisement|ad) ?-? ?)?(?:(?:the |this )?(?:story|article|content) )continue[sd]? (?:reading )?"
    rf"(?:below|after|with)(?: the| this)?(?: ad(?:vertisement)?| promotion| gallery| video)?{_END}",
    rf"(?:(?:advertisement|ad) ?-? ?)?(?:continue reading|scroll (?:down )?to continue)"
    rf"(?: (?:below|with content|reading|after (?:the |this )?ad(?:vertisement)?))?{_END}",
)
_OTHER_ARTICLES = (
    rf"(?:read more|read also|also read|see also|read next|more to read|must read|recommended reading|related|"
    rf"related (?:articles?|stories|story|posts?|content|topics?|coverage|news|links?|reading|videos?)|"
    rf"you (?:may|might) (?:also )?(?:like|be interested in))(?:{_END}|{_LINK})",
    # Weaker words: what follows them must not end like a sentence ("Up next: the Nets host the Kings on Sunday.").
    rf"(?:(?:most|more) (?:read|popular|viewed)|recommended(?: for you)?|trending(?: now)?|up next|watch now|"
    rf"what to read next|more to explore|in case you missed it|more (?:stories|news|articles)|top stories|"
    rf"latest (?:news|stories|headlines))(?:{_END}|{_LINK}(?<![.!]))",
    r"(?:more|dig deeper|read on) ?: ?\S.{2,}(?<![.!])",
    r"(?:more from|more on|read more (?:about|on|from|at|in)) .{2,60}[:»›→>]",
    rf"read (?:the )?full (?:story|article){_END}|keep reading{_END}|read in app|show (?:more|less)|load more",
)
_PICTURES = (
    r"(?:images?|photos?|photograph|picture|cover|cover image|featured image|image credits?|photo credits?|"
    r"image source|picture credits?|photo illustration) ?[|:] ?.{2,120}(?<![.!?])",
    r"[\w'’-]+\.?(?: [\w'’&-]+\.?){0,3} ?/ ?"
    r"(?:getty(?: images)?|reuters|afp|ap|ap photo|epa|shutterstock|bloomberg|upi|zuma)(?:[ /].{0,40})?",
    r"(?:getty images|ap photo|shutterstock|file photo|handout|istock)(?: ?[/,|].{0,40})?",
)
_MOVING_ABOUT = (
    rf"skip to (?:main |the )?(?:content|navigation|search){_END}|table of contents{_END}",
    rf"(?:back|return|scroll) to (?:the )?(?:top|home ?page){_END}|jump to (?:section|comments|content).{{0,40}}",
    rf"(?:previous|next|older|newer) (?:article|post|story|page|entries|posts){_END}",
    rf"(?:toggle|open|close|main) (?:menu|navigation|search|sidebar){_END}",
    r"home ?[>›»/|] ?[\w&].{0,80}(?<![.!?])",
    r"(?:estimated )?(?:reading time ?:? ?)?\d{1,3}[- ]?min(?:ute)?s?(?: to)? (?:read|listen|watch)",
    r"(?:estimated )?reading time ?:? ?\d+.{0,12}",
    rf"(?:listen to|print|hear) (?:this|the) (?:article|story)(?: ?[(·|-]? ?\d+.{{0,12}})?{_END}",
    rf"play (?:video|audio){_END}",
    r"(?:your browser does not support|(?:please )?enable javascript|javascript is (?:disabled|required)).{0,100}",
)
_RIGHTS = (
    r"(?:copyright )?(?:©|\(c\)|&copy;).{0,200}|copyright,? (?:by )?\d{4}\b.{0,160}",
    r"(?:.{0,120}[\s.,|-])?all rights reserved\.?",
    r"this material may not be published, broadcast, rewritten,? or redistributed.*",
)
_ANYWHERE = _any(
    (*_COMMENTS, *_SHARING, *_COOKIES, *_SIGN_UPS, *_ADVERTISING)
    + (*_OTHER_ARTICLES, *_PICTURES, *_MOVING_ABOUT, *_RIGHTS)
)

# Lines that are the page's only above the first paragraph: bylines and time stamps.
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? "
_DAY = (
    rf"(?:{_WEEKDAY})?(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}|"
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}})"
)
_TIME = r"(?:,? ?(?:at|-|·|\|)? ?\d{1,2}[:.]\d\d(?::\d\d)? ?(?:[ap]\.?m\.?)?(?: ?\(?[A-Z]{2,4}\)?)?)"
_STAMP = rf"(?:{_DAY}{_TIME}?|{_TIME}?,? ?{_DAY}|\d+ (?:minutes?|hours?|days?|weeks?) ago)"
_STAMPS = _any(
    [
        rf"(?:(?:first |last )?(?:published|updated|posted|modified|released)(?: on| at)? ?:? ?)?{_STAMP}"
        rf"(?: ?[|·•-] ?(?:(?:last )?updated ?:? ?)?(?:{_STAMP}|\d{{1,2}} min(?:ute)? read))?"
    ]
)
_BYLINE = re.compile(
    r"(?:By|BY|Written by|Words by|Reported by|Posted by|Author:|Story by|Text by) "
    r"[A-Z][\w.'’-]+(?:(?:,? and|,|,? &)? [A-Z][\w.'’-]*){0,9}"
    r"(?:,? (?:for|of|at|in|with|the) [A-Z][\w.'’ -]{1,40})?(?: ?[|·•,–-] ?.{0,60})?(?<![.!?])"
)

_NETWORKS = frozenset(
    "facebook twitter x flipboard whatsapp linkedin reddit pinterest telegram instagram youtube tiktok bluesky threads "
    "mastodon tumblr pocket messenger weibo wechat line snapchat rss".split(" ")
)
_BUTTONS = frozenset(
    "share tweet email e-mail mail print copy link save comment comments bookmark post pin gift embed sms url".split(
        " "
    )
)
_FILLERS = frozenset("no on via this article story to by or and more with us follow it the page of o".split(" "))
_SECTIONS = frozenset(
    "home index menu search login register subscribe about contact advertise careers privacy terms sitemap help faq "
    "newsletter newsletters rss archive archives account shop jobs feedback imprint accessibility cookies legal "
    "subscriptions support press masthead disclaimer".split(" ")
)
_SEPARATORS = re.compile(r"[\s|•·›»>/,:()\[\]–—+&]+|\s-\s")


def is_boilerplate(line: str) -> bool:
    """Whether a line (without white space at its ends) belongs to the page wherever it stands."""
    if not line or len(line) > _MAX_LINE:
        return False
    return bool(_ANYWHERE.fullmatch(line)) or is_share_row(line) or is_menu(line)


def is_dateline_or_byline(line: str) -> bool:
    """Whether a line above the first paragraph only says who wrote it or when."""
    return len(line) <= _MAX_LINE and bool(_BYLINE.fullmatch(line) or _STAMPS.fullmatch(line))


def is_share_row(line: str) -> bool:
    """Whether a line is nothing but names of networks and buttons, at least two: "No comments Twitter E-mail"."""
    words = _tokens(line)
    known = [word for word in words if word in _NETWORKS or word in _BUTTONS]
    rest_is_known = all(word in _NETWORKS or word in _BUTTONS or word in _FILLERS or word.isdigit() for word in words)
    return len(words) <= 16 and len(known) >= 2 and rest_is_known


def is_network(line: str) -> bool:
    """Whether a line is the name of one network or button alone: the page's if its neighbours are too."""
    words = _tokens(line)
    return len(words) == 1 and (words[0] in _NETWORKS or words[0] in _BUTTONS)


def is_menu(line: str) -> bool:
    """Whether a line is nothing but names of a site's sections, at least two: "Home o Index"."""
    words = _tokens(line)
    known = [word for word in words if word in _SECTIONS]
    return len(words) <= 24 and len(known) >= 2 and all(word in _SECTIONS or word in _FILLERS for word in words)


def _tokens(line: str) -> list[str]:
    return [word for word in _SEPARATORS.split(line.lower()) if word]
