"""A saved conversation is checked against the articles, and whatever is changed in it is noticed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import UsageError
from qa.answer import Answer, Copy, Sources, Speaker, Stated, Statement, StatementKind
from qa.answer_json import answer_to_json
from qa.chat.markup import one_line
from qa.chat.turn import Phase, Turn
from qa.keeping.export import Format, Record, export, file_name
from qa.keeping.verify import Status, Verification, verify
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import PARK, SEARCHED, answer_of, answered, article_of, citation_of, refusal_of

SAVED = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)
BRIDGE = replace(
    article_of(
        "It spans\n\n  *40* metres [sic]. “14 cracks” \\ were > found.\r\nNobody\u200b fell.", "The <b>bridge</b>"
    ),
    id="b r`idge&é/1",
)
FIRST = answer_of(citation_of(PARK, 0, 25, 1, (13, 18)), citation_of(BRIDGE, 0, 30, 2), short="1,240")
SECOND = answer_of(citation_of(BRIDGE, 31, len(BRIDGE.text), 1), question="## What `broke`?")
TURNS = (
    answered(FIRST),
    answered(refusal_of()),
    replace(answered(SECOND), understood="What broke at the bridge?"),
    Turn("Then?", Phase.SEARCHING, SEARCHED),
)


def shelf(*articles: Article) -> dict[str, Article]:
    return {article.id: article for article in articles}


def check(text: str, articles: dict[str, Article] | None = None) -> Verification:
    known = shelf(PARK, BRIDGE) if articles is None else articles

    def article_of_id(name: str) -> Article:
        if name not in known:
            raise UsageError(f"There is no article {name!r}.")
        return known[name]

    return verify(text.encode(), article_of_id)


def saved(form: str) -> str:
    if form == "json":
        return "\n".join(json.dumps(answer_to_json(answer), ensure_ascii=False) for answer in (FIRST, SECOND))
    return export(TURNS, Format(form), SAVED)


FORMS = ["md", "html", "json"]


@pytest.mark.parametrize("form", FORMS)
def test_what_was_saved_is_in_order(form: str) -> None:
    found = check(saved(form))
    assert [finding.status for finding in found.findings] == [Status.OK] * 3
    assert found.ok
    assert [finding.article_id for finding in found.findings] == ["a1", BRIDGE.id, BRIDGE.id]
    assert (found.findings[0].start, found.findings[0].end) == (0, 25)
    assert check(saved(form).replace("\n", "\r\n")).ok  # as a mail program may leave it


def test_a_reader_of_the_markdown_sees_quotes_places_and_hashes() -> None:
    text = saved("md")
    assert "Saved 22 Nov 2026, 07:40 UTC · 3 questions · 3 quotes." in text
    assert "\n## How many?\n\n1,240 \\[1\\]\n\n> “The park has 1,240 trees.” [1]\n" in text
    assert "“A park opens”, paper.example, 3 May 2024 (date from its web address), characters 0–25, <https" in text
    # As sha256sum prints them for the quote and for the whole text.
    quote = "84558ba544879e66dd33d33cc8247623ec9e520cad019703cc042bd1c7350608"
    whole = "16df5ffb9bea469d0480f978f2783614d84a1349e24eb1912055cee337670aaa"
    assert f"\n`article a1 characters 0-25 quote {quote} text {whole}`\n" in text
    assert "The articles don’t say." in text
    assert "Understood as: What broke at the bridge?" in text
    assert file_name(Format.MARKDOWN, SAVED) == "onrecord-2026-11-22-0740.md"


def test_the_page_holds_nothing_that_could_run_or_load() -> None:
    hostile = [answered(answer_of(citation_of(article_of(attack, attack, attack), 0, len(attack)), question=attack))
               for attack in ATTACKS]  # fmt: skip
    page = export(hostile, Format.HTML, SAVED)
    body = page[page.index("<main>") : page.index("</main>")]
    assert set(re.findall(r"<([a-z0-9]+)", body)) <= {
        *("main", "h1", "h2", "p", "section", "figure", "figcaption", "blockquote", "mark", "cite", "code", "a")
    }
    assert not re.search(r"<[^>]+\son\w+\s*=", body)
    assert all(link.startswith("https://paper.example/") for link in re.findall(r'href="([^"]*)"', body))
    assert "default-src 'none'" in page
    assert "src=" not in re.sub(r"&[^;]+;[^<]*", "", body)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("form", ["md", "html"])
def test_hostile_quotes_are_saved_and_found_again(attack: str, form: str) -> None:
    article = replace(article_of(f"x{attack}y", attack), id=attack or "empty")
    turn = answered(answer_of(citation_of(article, 0, len(article.text)), question=attack or "?"))
    found = check(export([turn], Format(form), SAVED), shelf(article))
    assert [finding.status for finding in found.findings] == [Status.OK]
    assert found.ok


@given(st.text(min_size=1), st.text(), st.text(min_size=1), st.sampled_from(["md", "html"]))
@settings(max_examples=150)
def test_any_text_is_saved_and_found_again(words: str, title: str, name: str, form: str) -> None:
    article = replace(article_of(f"x{words}x", title, title), id=name)
    turn = answered(answer_of(citation_of(article, 0, len(article.text)), question=f"?{title}"))
    assert check(export([turn], Format(form), SAVED), shelf(article)).ok


@pytest.mark.parametrize("form", FORMS)
def test_what_became_of_each_quote(form: str) -> None:
    longer = replace(PARK, text=f"{PARK.text} It rained.")
    other = replace(PARK, text="The park was closed.")
    by_shelf = {
        "later words": (shelf(longer, BRIDGE), [Status.CHANGED, Status.OK, Status.OK], "still stands at its place"),
        "other words": (shelf(other, BRIDGE), [Status.CHANGED, Status.OK, Status.OK], "stand nowhere in it"),
        "removed": (shelf(BRIDGE), [Status.NO_ARTICLE, Status.OK, Status.OK], "was removed"),
    }
    for known, statuses, says in by_shelf.values():
        found = check(saved(form), known)
        assert [finding.status for finding in found.findings] == statuses
        assert says in found.findings[0].detail
        assert not found.ok


@pytest.mark.parametrize("form", FORMS)
def test_a_misquote_is_named(form: str) -> None:
    text = saved(form)
    forged = text.replace("The park has 1,240", "The park has 2,240").replace("<mark>1,240", "<mark>2,240")
    found = check(forged)
    assert found.findings[0].status is Status.NOT_THERE
    assert "stand nowhere" in found.findings[0].detail
    assert not found.ok


def test_a_moved_quote_is_told_where_its_words_stand() -> None:
    found = check(saved("md").replace("characters 0-25", "characters 26-48"))
    assert found.findings[0].status is Status.NOT_THERE
    assert "stand at characters 0–25" in found.findings[0].detail


@given(st.data())
@settings(max_examples=300)
def test_no_quote_offset_or_hash_can_be_changed_unnoticed(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    text = saved(form)
    if form == "json":
        places = [
            m.span(1)
            for m in re.finditer(r'"(?:quote|quote_sha256|article_sha256|article_id)": "((?:[^"\\]|\\.)+)"', text)
        ]
        places += [m.span(1) for m in re.finditer(r'"(?:start|end)": (\d+)', text.split('"considered"')[0])]
    elif form == "md":
        places = [m.span(1) for m in re.finditer(r"> “(.*)”", text)]
        places += [m.span(1) for m in re.finditer(r"`(article .*)`", text)]
    else:
        places = [m.span(1) for m in re.finditer(r"<blockquote[^>]*>(.*?)</blockquote>", text, re.DOTALL)]
        places += [m.span(1) for m in re.finditer(r"<code[^>]*>(article .*)</code>", text)]
    start, end = data.draw(st.sampled_from(places))
    at = data.draw(st.integers(start, end - 1))
    put = data.draw(st.sampled_from(["", "0", "7", "a", "f", "x", " ", "\n", "é"]))
    forged = text[:at] + put + text[at + 1 :]
    if forged == text:
        return
    try:
        found = check(forged)
    except UsageError:
        assert form == "json"  # no JSON any more: said, with exit code 2
        return
    if form == "json" and json_of(forged) == json_of(text):
        return  # spelt otherwise, but the same values
    assert not found.ok


def json_of(text: str) -> list[object]:
    return [json.loads(line) for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("form", ["md", "html"])
@given(at=st.integers(0, 100_000), put=st.sampled_from(["", "x", "[9]", "<b>", "\n\n"]))
@settings(max_examples=150)
def test_nothing_else_can_be_changed_unnoticed_either(form: str, at: int, put: str) -> None:
    text = saved(form)
    place = at % len(text)
    forged = text[:place] + put + text[place + 1 :]
    if forged.strip() == text.strip():
        return
    try:
        assert not check(forged).ok
    except UsageError:
        assert forged.startswith("[")  # as JSON does: said, with exit code 2


def test_a_quote_taken_out_or_doubled_is_noticed() -> None:
    text = saved("md")
    one = text[text.index("> “The park") : text.index("> “It spans")]
    assert not check(text.replace(one, "")).ok
    assert not check(text.replace(one, one + one)).ok
    assert [f.detail for f in check(text.replace(one.split("\n")[0] + "\n", "")).findings][0] == (
        "a record stands without its quote"
    )


def test_a_short_answer_of_other_words_is_noticed_in_json() -> None:
    found = check(saved("json").replace('"short": "1,240"', '"short": "2,240"'))
    assert found.faults == ("Answer 1: its short answer is not what any of its quotes marks.",)
    forged = saved("json").replace('"text": "The park has 1,240 trees."', '"text": "The park has no trees."')
    assert "calls itself verbatim" in check(forged).faults[0]


def test_hashes_can_not_be_left_out_of_json() -> None:
    answer = answer_to_json(FIRST)
    del answer["statements"][0]["citations"][0]["quote_sha256"]
    assert check(json.dumps(answer)).findings[0].status is Status.DAMAGED


@pytest.mark.parametrize("text", ["", "Dear colleague,", "# A list\n\n> quoted", "{}", "[1, 2", '{"statements": [1]}'])
def test_what_is_no_saved_conversation_is_said(text: str) -> None:
    with pytest.raises(UsageError):
        check(text)


def test_bytes_that_are_no_text_are_said() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        verify(b"\xff\xfe\x00", lambda name: PARK)


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_conversation_of_refusals_has_nothing_to_check_and_is_in_order(form: str) -> None:
    found = check(export([answered(refusal_of())], Format(form), SAVED))
    assert found == Verification((), ())
    assert found.ok


def test_a_stopped_answer_keeps_the_quotes_that_were_found() -> None:
    turn = Turn("How many?", Phase.SEARCHING, SEARCHED).found(FIRST.citations).stopped()
    text = export([turn], Format.MARKDOWN, SAVED)
    assert "Stopped before the answer was there." in text
    assert len(check(text).findings) == 2


@given(st.text(min_size=1), st.integers(0, 10**8), st.integers(1, 10**8))
def test_a_record_is_read_as_it_was_written(name: str, start: int, length: int) -> None:
    record = Record(name, start, start + length, "a" * 64, "0" * 64)
    assert Record.read(record.line()) == record
    assert not set(record.line()) & set("`<>&\"'*[]\n")


def test_answers_without_statements_are_read() -> None:
    answer: Answer = refusal_of()
    assert check(json.dumps(answer_to_json(answer))).ok


def test_copies_of_a_quoted_article_are_checked_too() -> None:
    wire = replace(PARK, id="wire", text=f"Wire. {PARK.text}")
    copy = Copy("wire", 6, 31, PARK.text[:25], *[wire.title, None, None, None, None, None])
    answer = answer_of(replace(citation_of(PARK, 0, 25), copies=(copy,)))
    text = json.dumps(answer_to_json(answer))
    found = check(text, shelf(PARK, wire))
    assert [(finding.label, finding.status) for finding in found.findings] == [
        ("1 [1]", Status.OK),
        ("1 [1] copy 1", Status.OK),
    ]
    assert check(text.replace('"end": 31', '"end": 30'), shelf(PARK, wire)).findings[1].status is Status.NOT_THERE
    assert check(text, shelf(PARK)).findings[1].status is Status.NO_ARTICLE


def test_what_stands_around_the_quotes_is_saved_and_sealed() -> None:
    other = replace(PARK, id="a2", text="The park has 1,300 trees.", source="star.example")
    first, second = (
        replace(citation_of(PARK, 0, 25, 1, (13, 18)), speaker=Speaker("Ines Falk", 0, 9)),
        citation_of(other, 0, 25, 2, (13, 18)),
    )
    told = Statement("There are many trees.", StatementKind.SUPPORTED, (1, 2))
    doubtful = Statement("They are old.", StatementKind.UNSUPPORTED, ())
    answer = replace(
        answer_of(first, second, short="1,240"),
        differing=(Stated("1,240", (1,)), Stated("1,300", (2,))),
        sources=Sources(2, 2),
        written_by="hf:tiny",
        statements=(told, doubtful),
    )
    for form in Format:
        text = one_line(unescape(re.sub(r"<[^>]+>", "", export([answered(answer)], form, SAVED).replace("\\", ""))))
        assert "There are many trees. [1][2]" in text
        assert "They are old." not in text  # what no quote holds up is not passed on
        assert (
            "The articles give different figures: 1,240 (paper.example, 3 May 2024) [1] / 1,300 (star.example" in text
        )
        assert "characters 0–25, said by Ines Falk" in text
        assert "2 articles, 2 independent sources" in text
        assert "Prose by hf:tiny" in text
        assert check(export([answered(answer)], form, SAVED), shelf(PARK, other)).ok
    assert check(json.dumps(answer_to_json(answer)), shelf(PARK, other)).ok
