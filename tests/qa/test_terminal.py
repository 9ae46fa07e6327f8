"""What a terminal shows: nothing that could steer it, and all that a person needs to check a quote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from corpus.article import Article, DateOrigin, Passage
from index.hits import Hit
from qa.answerer import Draft, DraftStatement
from qa.citations import make_answer
from qa.evidence import Evidence, Quote
from qa.terminal import format_answer, format_hits, plain

ARTICLE = Article(
    id="kling-1",
    title="Closing the gap",
    text="Kuaishou released Kling. Others wait.",
    source="xataka.com",
    path="/articles/kling.txt",
    published=date(2024, 8, 2),
    published_from=DateOrigin.METADATA,
)
HIT = Hit(Passage("kling-1", 0, 24, "Kuaishou released Kling.", "Closing the gap"), 0.5, 1, ("bm25", "dense"))
EVIDENCE = Evidence("Who?", (Quote("kling-1", 0, 24, 1.0, (0, 8)),), 0.93, 2.0, True, (HIT,))


def test_an_answer_shows_quote_place_source_and_date() -> None:
    answer = make_answer(EVIDENCE, Draft((DraftStatement((1,)),), 1, False), lambda _: ARTICLE, seconds=0.1)
    shown = format_answer(answer)
    assert shown.splitlines()[0] == "Kuaishou   (93 % sure)".replace(" %", "%")
    assert "[1] “Kuaishou released Kling.”" in shown
    assert "Closing the gap · xataka.com · 2024-08-02 (from metadata)" in shown
    assert "/articles/kling.txt, characters 0–24" in shown


def test_a_refusal_shows_the_nearest_passages() -> None:
    answer = make_answer(EVIDENCE, Draft((), None, True), lambda _: ARTICLE, seconds=0.1)
    shown = format_answer(answer)
    assert shown.startswith("The articles don't say.")
    assert "Kuaishou released Kling." in shown
    assert format_answer(replace(answer, considered=())).startswith("The articles don't say.")


def test_articles_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[31mred\x1b]0;title\x07\u202eevil\u2069\tb\nc") == "a[31mred]0;titleevil b c"
    assert plain("می\u200cخواهم") == "می\u200cخواهم"
    assert "\x1b" not in format_hits([replace(HIT, passage=replace(HIT.passage, text="\x1b[2Jgone"))])


def test_a_ranking_without_hits_says_so() -> None:
    assert format_hits([]) == "Nothing was found."
    assert "[kling-1, characters 0–24; bm25+dense 0.5000]" in format_hits([HIT])


def test_speakers_copies_and_differing_figures_are_shown() -> None:
    quote = "“We have 31,000 trees,” said Ines Falk."
    spoken = replace(ARTICLE, id="star", text=quote, source="Star", published=date(2024, 5, 7))
    copied = replace(spoken, id="courier", text=f"LINDAU. {quote}", source="Courier")
    other = replace(ARTICLE, id="tribune", text="It has 27,000 trees.", source="Tribune", published=date(2024, 5, 3))
    articles = {one.id: one for one in (spoken, copied, other)}
    evidence = Evidence(
        "How many trees?",
        (Quote("star", 0, len(quote), 2.0, (9, 15)), Quote("tribune", 0, 20, 1.0, (7, 13))),
        *(0.9, 2.0, True, ()),
        differing=((1,), (2,)),
    )
    draft = Draft((DraftStatement((1,)), DraftStatement((2,))), 1, False)
    answer = make_answer(
        evidence, draft, articles.__getitem__, {"star": ["courier"], "tribune": []}.__getitem__, seconds=0.1
    )
    shown = format_answer(answer)
    assert shown.splitlines()[0] == "31,000   (90% sure; 2 articles, one source)"
    assert (
        "The articles give different figures:\n"
        "    27,000  Tribune  2024-05-03  [2]\n"
        "    31,000  Star     2024-05-07  [1]\n"
    ) in shown
    assert "    said by Ines Falk\n    Closing the gap · Star" in shown
    assert "\n    the same in 1 copy: Courier" in shown
