"""Lines of saved pages, labelled by hand: what belongs to the site goes, what belongs to the article stays."""

from __future__ import annotations

import pytest

from corpus.boilerplate import is_boilerplate, is_dateline_or_byline, is_network

SITE = [
    "Post a Comment",
    'Post a Comment for "Town closes its bridge"',
    "Leave a Reply",
    "No comments",
    "24 Comments",
    "View all 1,204 comments",
    "Comments (17)",
    "Comments are closed.",
    "Join the conversation",
    "Be the first to comment",
    "Your email address will not be published. Required fields are marked *",
    "No comments Twitter Flipboard E-mail",
    "Share on Facebook Share on Twitter Share via Email",
    "Facebook | Twitter | WhatsApp | LinkedIn | Copy link",
    "Share this article",
    "Share",
    "Copy link",
    "Follow us on Instagram and TikTok",
    "Follow @annlee on Twitter.",
    "Save this story",
    "We use cookies to give you the best experience on our website.",
    "This website uses cookies. By continuing to browse, you accept them.",
    "By continuing to use this site you agree to our use of cookies.",
    "Accept all cookies",
    "Manage preferences",
    "Privacy Policy",
    "Terms of Service",
    "Do Not Sell My Personal Information",
    "Sign up for our daily newsletter",
    "Subscribe to our newsletter for the latest updates",
    "Sign up here to get the Morning Briefing in your inbox",
    "Get the day's top stories delivered straight to your inbox.",
    "NFL NEWSLETTER: Sign up now to get football news delivered to your inbox",
    "Enter your email address",
    "Already a subscriber? Log in",
    "Subscribe",
    "Click here to read the full report",
    "Download our app for iOS and Android",
    "Advertisement",
    "ADVERTISEMENT",
    "Advertisement - story continues below",
    "Article continues after this advertisement",
    "Scroll to continue",
    "Sponsored Content",
    "Read more: Bridge stays closed for another year",
    "READ MORE:Bad tornado season is set to get worse",
    "Related | Mayor says the bridge was never safe",
    "Related Articles",
    "You may also like",
    "See also: How to cross the river by boat",
    "Up next",
    "More:Mayor says the bridge was never safe",
    "Most Read",
    "Trending Now",
    "In case you missed it: Ferry service begins",
    "More from the Example Times:",
    "Continue reading",
    "Load more",
    "Image | Example Times with Midjourney",
    "Photo: Ann Lee",
    "Image credit: NASA/JPL",
    "Kevin Lamarque/Reuters",
    "Getty Images",
    "Skip to main content",
    "Back to top",
    "Home o Index",
    "Home > News > Local",
    "Home | About | Contact | Privacy | Terms",
    "Previous article",
    "Toggle navigation",
    "5 min read",
    "Estimated reading time: 4 minutes",
    "Listen to this article",
    "Please enable JavaScript to view the comments.",
    "© 2024 Example Media Ltd. All rights reserved.",
    "Copyright 2021, Des Moines Register and Tribune Co.",
    "All rights reserved",
    "This material may not be published, broadcast, rewritten, or redistributed without permission.",
]

ARTICLE = [
    "China vs. the U.S in the AI race",
    "This article was written by Javier Lacort and originally published in Spanish on Xataka.",
    "Recent developments:",
    "Why it matters.",
    "The comments drew criticism from both parties.",
    "No comments were made by the mayor on Tuesday.",
    "He declined to comment.",
    "Comments like these have angered the town.",
    "Twitter",  # a heading of its own, unless its neighbours are buttons too
    "Facebook and Twitter declined to comment.",
    "Twitter and Facebook fell by 3 percent.",
    "Share prices fell by 3 percent.",
    "Shares of Alphabet rose.",
    "Share the bread among the guests, then cut the cake.",
    "Cookies are small files that sites leave behind.",
    '"We use cookies to track you," the company admitted.',
    "Accept the offer, her lawyer said.",
    "The newsletter reached 40,000 inboxes.",
    "Subscribers to the newsletter paid 5 dollars a month.",
    "Sign up begins on Monday at the town hall.",
    "Advertisement revenue fell in the third quarter.",
    "Advertisements for tobacco were banned in 1971.",
    "Sponsored bills passed the Senate in May.",
    "Related parties must disclose their interests.",
    "Related to this is the question of cost.",
    "Read more books, the minister told pupils.",
    "Most read newspapers in print.",
    "Up next for the Nets are the Kings.",
    "Up next: Nets at Trail Blazers on Monday night. Lakers host Kings on Sunday night.",
    "Continue reading the signs, she said, and you will see.",
    "Images of the bridge spread quickly.",
    "Photos show the cracks from below.",
    "Photo: The mayor crosses the bridge for the last time, on Tuesday.",
    "Grocery items are still going up. Brandon Bell/Getty Images",
    "Getty Images sued the start-up in London.",
    "Home prices fell in March.",
    "Home",
    "Index",
    "The home index rose.",
    "About 300 people came.",
    "Contact with the crew was lost at noon.",
    "Privacy law is changing.",
    "Terms of the deal were not disclosed.",
    "Copyright law protects the authors of songs.",
    "Copyright in 2024 is a mess, she said.",
    "Rights reserved to the states are listed in the amendment.",
    "Five minutes later it was over.",
    "39 minutes",
    "Next page of history",
    "Listen to this, she said.",
    "• Kuaishou released Kling.",
    "• Share of Chinese models: 15",
    "Save the whales.",
    "Print is dead.",
    "More on that later.",
    "More: the mayor resigned that night.",
    "Trending words of the year were announced.",
    "Watch now what happens when the tide comes in.",
    "Either/or questions confuse voters.",
    "A 50/50 split was agreed.",
    "It was sold to Reuters/Ipsos pollsters.",
    "Follow the money, he said.",
    "Get out, she told him.",
    "By continuing the strike, workers risk their pay.",
    "Load more trucks, the sergeant shouted.",
    "Show more courage, he urged.",
]


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(set(SITE)) == len(SITE) >= 60
    assert len(set(ARTICLE)) == len(ARTICLE) >= 60


@pytest.mark.parametrize("line", SITE)
def test_lines_of_the_site_go(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize("line", ARTICLE)
def test_lines_of_the_article_stay(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "By Ann Lee",
        "By ANN LEE and BOB O'BRIEN, Example Times",
        "Written by Ann Lee | Senior Editor",
        "March 5, 2024",
        "Published: 5 March 2024 at 10:22 AM",
        "Tuesday, March 5, 2024 10:22 p.m. EST",
        "Last updated 2024-03-05 10:22",
        "3 hours ago",
        "Updated March 5, 2024 · 5 min read",
    ],
)
def test_bylines_and_time_stamps_are_told(line: str) -> None:
    assert is_dateline_or_byline(line)


@pytest.mark.parametrize(
    "line",
    [
        "By Tuesday the bridge was closed.",
        "By the river",
        "March 5, 2024 was the day on which the bridge closed.",
        "Three hours ago it was open.",
        "In 2024",
        "Written by hand, the letter moved her.",
    ],
)
def test_other_lines_at_the_top_are_not_bylines(line: str) -> None:
    assert not is_dateline_or_byline(line)


def test_a_lone_network_is_only_a_hint() -> None:
    assert is_network("Facebook")
    assert not is_boilerplate("Facebook")
    assert not is_network("Facebook fell")


def test_a_long_line_is_prose_whatever_it_says() -> None:
    assert not is_boilerplate("Read more: " + "it was a long story, " * 20)
