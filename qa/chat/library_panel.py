"""What stands around the conversation: the masthead with what is loaded, the list of articles, and the first page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.passage_index import ArticleSummary
from qa.chat.markup import escape, one_line
from qa.chat.turn import Searched
from qa.chat.wording import covered, dated, place, title_of
from qa.formatting import counted

MAX_LISTED = 100  # articles in the list beside the chat; a longer one is no list that a person reads

_ADD = '<button type="button" class="choose" data-adding="open">Add articles</button>'
_VIEWS = (
    '<nav class="views" aria-label="Views">'
    '<button type="button" class="quiet" data-view="chat" aria-current="page">Chat</button>'
    '<button type="button" class="quiet" data-view="evaluation">Evaluation</button></nav>'
)
_SAVE = (
    '<button type="button" class="quiet" data-save="md">Save as Markdown</button>'
    '<button type="button" class="quiet" data-save="html">Save as a web page</button>'
)
_LOOK = (
    '<button type="button" class="quiet" data-reload="" title="Serve what was added or removed since">'
    "Look for new articles</button>"
)


def newest_first(articles: Sequence[ArticleSummary]) -> list[ArticleSummary]:
    """Order by date, the newest first, the undated last; ties by title, then id."""
    by_name = sorted(articles, key=lambda article: (article.title.casefold(), article.id))
    return sorted(by_name, key=lambda article: -(article.published or date.min).toordinal())


def masthead_html(searched: Searched, notice: str | None = None, *, measurable: bool = False) -> str:
    """Name, what is loaded, what can be done with all of it, and a warning from the index if there is one.

    `measurable` offers the evaluation.
    """
    loaded = (
        f"{counted(searched.articles, 'article')} · {covered(searched.dates)}"
        if searched.articles
        else "no articles yet"
    )
    warning = f'<p class="warning" role="alert">{escape(notice)}</p>' if notice else ""
    views = _VIEWS if measurable else ""
    return (
        f'<div class="masthead"><h1>Onrecord</h1><p class="loaded">{escape(loaded)}</p>'
        f'<div class="only-wide">{views}<details class="menu saving"><summary>Save conversation</summary>'
        f"<div>{_SAVE}</div></details>{_LOOK}</div>"
        '<button type="button" class="quiet only-narrow" data-library="">Articles</button>'
        f'<details class="menu only-narrow"><summary>Menu</summary><div>{views}<div class="saving">{_SAVE}</div>{_LOOK}'
        f"</div></details></div>{warning}"
    )


def library_html(articles: Sequence[ArticleSummary], *, changeable: bool = False, notice: str | None = None) -> str:
    """The list of articles, newest first, each opening beside the chat.

    `changeable` offers to add and remove some; `notice` is one sentence about what was just pressed.
    """
    shown = newest_first(articles)[:MAX_LISTED]
    more = len(articles) - len(shown)
    items = "".join(_item(article, changeable) for article in shown)
    rest = f'<p class="small">And {escape(counted(more, "older article"))}.</p>' if more else ""
    inside = f'<ul class="library">{items}</ul>{rest}' if shown else '<p class="small">Nothing here yet.</p>'
    told = f'<p class="told" role="alert" dir="auto">{escape(one_line(notice))}</p>' if notice else ""
    return (
        '<nav class="shelf" aria-label="Articles"><header>'
        '<button type="button" class="close only-narrow" data-close="" aria-label="Close the list">Close</button>'
        f'<h2 tabindex="-1">Articles</h2>{_ADD if changeable else ""}</header>'
        f'<div class="text">{told}{inside}</div></nav>'
    )


def welcome_html(searched: Searched, examples: Sequence[str], *, more: bool = False, changeable: bool = False) -> str:
    """The page before the first question; `more` keeps room for examples that are still being tried out."""
    if not searched.articles:
        here = f"<p>{_ADD}</p><p>Or add a whole folder" if changeable else "<p>Add some"
        return (
            f'<section class="welcome"><h2>There are no articles yet</h2>{here} in a terminal, then come back:</p>'
            "<pre><code>onrecord add FOLDER</code></pre><p>Text, HTML, PDF, Markdown, CSV and JSONL are read.</p>"
            '<p><button type="button" class="example" data-reload="">Look again</button></p></section>'
        )
    buttons = "".join(
        f'<li><button type="button" class="example" data-question="{escape(question)}">{escape(question)}</button></li>'
        for question in examples
    )
    offer = (
        f'<p>For example:</p><ul class="examples" aria-label="Example questions">{buttons}</ul>'
        if buttons or more
        else ""
    )
    return (
        '<section class="welcome"><h2>Ask the articles</h2><p>Every answer is a quote that you can check. '
        f"What the articles don’t say, Onrecord doesn’t say.</p>{offer}"
        '<p class="keys">Enter asks, Shift+Enter breaks the line, Esc stops, ↑ brings back a question, '
        "[ and ] walk through the quotes, / goes to the question box.</p></section>"
    )


def _item(article: ArticleSummary, changeable: bool) -> str:
    where = escape(place(article.source, article.url, article.path))
    title, when = escape(title_of(article.title)), escape(dated(article.published, None))
    remove = (
        f'<button type="button" class="quiet remove" data-remove="{escape(article.id)}" '
        f'aria-label="Remove “{title}”">Remove</button>'
        if changeable
        else ""
    )
    return (
        f'<li>{remove}<a href="#article" data-article="{escape(article.id)}"><cite dir="auto">{title}</cite></a>'
        f'<p class="place">{where} · <span class="when">{when}</span></p></li>'
    )
