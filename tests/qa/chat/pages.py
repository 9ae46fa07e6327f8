"""What the tests of the chat's pages share: articles and answers to show, and a parser that lets only ours through."""

from __future__ import annotations

from datetime import date

from lxml import html as lxml_html

from corpus.article import Article, DateOrigin
from index.passage_index import ArticleSummary
from qa.answer import Answer, Citation, Considered, Statement, StatementKind, text_hash
from qa.chat.turn import Phase, Searched, Turn

OURS = {
    "article": {"class", "data-key"},
    "header": set(),
    "nav": {"class", "aria-label"},
    "section": {"class", "aria-busy", "data-turn", "role", "aria-label"},
    "details": {"open", "class"},
    "summary": {"role"},
    "h3": {"tabindex", "dir"},
    "iframe": {"sandbox", "title", "srcdoc"},
    "strong": set(),
    "br": set(),
    **dict.fromkeys(("caption", "thead", "tbody", "tr"), set[str]()),
    "table": {"class"},
    "td": {"class", "dir"},
    "th": {"scope", "title"},
    "svg": {"viewbox", "width", "height", "aria-hidden"},
    "path": {"d"},
    "label": {"for"},
    "form": {"data-add"},
    "progress": {"max", "value", "aria-label"},
    "textarea": {"id", "name", "rows", "required"},
    "select": {"data-field", "data-compare"},
    "option": {"value", "selected"},
    "input": {
        *("type", "data-field", "value", "id", "name", "required", "autocomplete", "placeholder"),
        *("multiple", "accept", "data-files", "data-questions"),
    },
    "div": {"class", "role", "tabindex", "aria-label", "aria-busy"},
    "h1": set(),
    "h2": {"class", "dir", "tabindex"},
    "p": {
        *("class", "dir", "role", "hidden", "data-judged", "data-verdict"),
        *("data-file", "data-type", "data-moment", "data-text"),
    },
    "ol": {"class", "aria-label"},
    "ul": {"class", "aria-label"},
    "li": {"class", "dir"},
    "blockquote": {"dir"},
    "cite": {"dir"},
    "code": set(),
    "pre": set(),
    "span": {"class", "dir", "role"},
    "mark": {"class", "data-cite", "data-begins"},
    "a": {
        *("class", "href", "data-turn", "data-cite", "data-near", "data-article", "data-fold", "aria-label"),
        *("target", "rel", "dir"),
    },
    "button": {
        *("type", "class", "title", "disabled", "dir", "aria-label", "aria-keyshortcuts"),
        *("data-copy", "data-close", "data-reload", "data-save", "data-library", "data-question"),
        *(
            "data-turn",
            "data-cite",
            "data-key",
            "data-scope",
            "data-value",
            "data-correct",
            "data-adding",
            "data-remove",
            *("data-judge", "aria-pressed", "data-forget", "data-view", "aria-current"),
            *("data-start", "data-run", "data-what", "data-report"),
        ),
    },
}
SEARCHED = Searched(3, 29, (date(2024, 5, 3), date(2025, 6, 26)))


def parsed(html: str) -> lxml_html.HtmlElement:
    """Parse it, and check that it holds nothing but what this project writes."""
    tree = lxml_html.fragment_fromstring(html, create_parent="main")
    for element in tree.iterdescendants():
        assert element.tag in OURS, element.tag
        assert set(element.attrib) <= OURS[element.tag], (element.tag, element.attrib)
        href = element.get("href")
        if href is not None and href != "#article":
            assert href.startswith(("http://", "https://"))
            assert element.get("rel") == "noopener noreferrer nofollow"
    return tree


def article_of(text: str, title: str = "A title", source: str | None = "paper.example") -> Article:
    return Article("a1", title, text, source, "https://paper.example/1", None, date(2024, 5, 3), DateOrigin.URL)


def citation_of(
    article: Article, start: int, end: int, number: int = 1, answer: tuple[int, int] | None = None
) -> Citation:
    return Citation(
        number,
        article.id,
        start,
        end,
        article.text[start:end],
        article.title,
        article.source,
        article.url,
        article.path,
        article.published,
        article.published_from,
        text_hash(article.text),
        *(answer or (None, None)),
    )


def answer_of(*citations: Citation, short: str | None = None, question: str = "How many?") -> Answer:
    statements = tuple(Statement(c.quote, StatementKind.VERBATIM, (c.number,)) for c in citations)
    return Answer(question, short, statements, citations, 0.82, not citations, (), 0.84)


def refusal_of(*considered: Considered) -> Answer:
    return Answer("Who won?", None, (), (), 0.01, True, considered, 0.3, answerable=0.04)


def answered(answer: Answer) -> Turn:
    return Turn(answer.question, Phase.SEARCHING, SEARCHED).answered(answer)


def text(element: lxml_html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def listed(
    name: str,
    *,
    title: str = "A title",
    source: str | None = None,
    url: str | None = None,
    published: date | None = None,
) -> ArticleSummary:
    """One entry."""
    return ArticleSummary(name, title, source, url, None, published, 1, 10)


PARK = article_of("The park has 1,240 trees. It opened on Saturday.", "A park opens")
