"""The report: self-contained, escaped, and with what matters first."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from qa.evaluate import evaluate
from qa.evaluation.headline import cautions, headline, percent
from qa.evaluation.outcomes import Outcome, outcome_of, worst_groups
from qa.evaluation.report import render_report
from qa.evaluation.run_folder import Run
from qa.evaluation.summary import summarise
from tests.qa.evaluation.parts import QUESTIONS, item, many_questions, small_assistant

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</style></svg><iframe src=//evil.example>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "$\\frac{1}{0}$ \x1b[31m\u202e\x00",
)


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def run_of(items: list[Any], **more: Any) -> Run:
    configuration = {"index": "i", "questions": {"count": len(items), "sha256": "q"}, "seed": 0}
    summary = {
        **summarise(items, 0),
        "bad_lines": [],
        "notes": [],
        "configuration": configuration,
        "versions": {"python": "3"},
        **more,
    }
    summary["timing"] |= {"finished": "2026-01-01T00:00:00+00:00", "summing_up": 0.1}
    return Run(tuple(items), summary)


def hostile(attack: str) -> Run:
    citation = {
        "number": 1,
        "article_id": attack,
        "start": 0,
        "end": 5,
        "quote": attack,
        "title": attack,
        "source": attack,
        "url": f"javascript:{attack}",
        "published": None,
        "path": None,
    }
    answer = {
        "abstained": False,
        "short": attack,
        "statements": [{"text": attack, "kind": "verbatim", "citations": [citation]}],
        "considered": [],
        "confidence": 0.4,
        "seconds": 0.1,
    }
    evidence = [{"article_id": attack, "start": 0, "end": 5, "quote": attack}]
    expected = {"answers": [attack], "answerable": True, "evidence": evidence}
    given = {"answer": answer, "expected": expected, "tags": (attack,), "question": attack, "id": attack}
    wrong = [item(n, {"accuracy": 0, "answer_f1": 0.0, "answered": 1}, **given) for n in range(3)]
    failed = item(9, {"accuracy": 0, "answer_f1": 0.0}, answer=None, failure=attack, seconds=None, problems=(attack,))
    return run_of([*wrong, failed], bad_lines=[{"line": 1, "reason": attack}])


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_is_only_ever_text(attack: str) -> None:
    attacked, plain = Page(render_report(hostile(attack))), Page(render_report(hostile("harmless")))
    count = [
        sum(tag == name for tag, _ in attacked.elements) for name in ("script", "img", "iframe", "a", "style", "svg")
    ]
    assert count == [
        sum(tag == name for tag, _ in plain.elements) for name in ("script", "img", "iframe", "a", "style", "svg")
    ]
    assert [tag for tag, _ in attacked.elements] == [tag for tag, _ in plain.elements]
    assert not any(name.startswith("on") for _, attributes in attacked.elements for name in attributes)
    visible = re.sub(r"[\x00-\x08\x1b\u202e]", "", attack)
    assert attacked.text.count(visible) >= 10
    assert not re.search(r"[\x00-\x08\x1b\u202e]", attacked.text)


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    run = evaluate(small_assistant(tmp_path), many_questions(40))
    page = Page(render_report(run))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "link", "object", "embed", "form", "base"}
    assert {"svg", "details", "table"} <= tags
    policy = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv")]
    assert policy[0] is not None and "default-src 'none'" in policy[0]
    addresses = [
        value for _, attributes in page.elements for name, value in attributes.items() if name in ("src", "data")
    ]
    assert addresses == []
    inside = [value for _, a in page.elements for name, value in a.items() if name == "xlink:href"]
    assert all(value and value.startswith("#") for value in inside)
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert "url(http" not in page.text and "@import" not in page.text


def test_a_link_only_to_an_ordinary_address() -> None:
    run = hostile("x")
    answer = run.items[0].answer
    assert answer is not None
    answer["statements"][0]["citations"][0]["url"] = "https://news.example/a?b=1&c=2"
    links = [attributes for tag, attributes in Page(render_report(run)).elements if tag == "a"]
    assert links and {link["href"] for link in links} == {"https://news.example/a?b=1&c=2"}
    assert all(link["rel"] == "noreferrer noopener" for link in links)


def test_failures_come_first_then_the_surest() -> None:
    def answered(confidence: float) -> dict[str, Any]:
        return {
            "abstained": False,
            "short": "x",
            "statements": [],
            "considered": [],
            "confidence": confidence,
            "seconds": 1,
        }

    refused = {**answered(0.1), "abstained": True, "short": None}
    found = {"over_refusal_evidence_found": 0}
    unanswerable = {"answers": [], "answerable": False, "evidence": []}
    items = [
        item(0, {"accuracy": 0, **found}, answer=answered(0.3)),
        item(1, {"accuracy": 0, **found}, answer=answered(0.9)),
        item(2, {"accuracy": 0, "over_refusal_evidence_found": 1}, answer=refused),
        item(3, {"accuracy": 0}, answer=None, failure="it fell over", seconds=None),
        item(4, {"accuracy": 1}, answer=answered(0.8)),
        item(5, {"accuracy": 0}, answer=answered(0.7), expected=unanswerable),
        item(6, {"accuracy": 1}, answer=refused, expected=unanswerable),
        item(7, {"accuracy": 0, "citation_recall": 1.0, **found}, answer=answered(0.99)),
    ]
    groups = worst_groups(items)
    shown = [case.item.id for group in groups for case in group.cases]
    assert shown == ["q0003", "q0005", "q0001", "q0000", "q0002", "q0007"]
    assert [(group.outcome, group.tone, group.total) for group in groups[2:]] == [
        (Outcome.UNQUOTED, "bad", 2),
        (Outcome.REFUSED_FOUND, "bad", 1),
        (Outcome.REWORDED, "unsure", 1),
    ]
    assert [outcome_of(one) for one in items] == [
        Outcome.UNQUOTED,
        Outcome.UNQUOTED,
        Outcome.REFUSED_FOUND,
        Outcome.FAILED,
        Outcome.RIGHT,
        Outcome.UNASKED,
        Outcome.RIGHT_REFUSAL,
        Outcome.REWORDED,
    ]


def test_a_frequent_fault_does_not_hide_a_rare_one() -> None:
    answer = {"abstained": True, "short": None, "statements": [], "considered": [], "confidence": 0.1, "seconds": 0.1}
    many = [item(n, {"accuracy": 0}, answer=None, failure="x", seconds=None) for n in range(90)]
    few = [item(100 + n, {"accuracy": 0}, answer=answer) for n in range(2)]
    groups = worst_groups([*many, *few], most=10)
    assert [(group.outcome, group.total, len(group.cases)) for group in groups] == [
        (Outcome.FAILED, 90, 8),
        (Outcome.REFUSED, 2, 2),
    ]


def test_questions_alone_make_a_report_too(tmp_path: Path) -> None:
    bare = [type(question)(question.id, question.text) for question in QUESTIONS]
    run = evaluate(small_assistant(tmp_path), bare)
    page = Page(render_report(run))
    assert "nothing here says whether answers are right" in page.text
    assert "No answer is known to be wrong." in page.text


def test_one_question_makes_a_report_too(tmp_path: Path) -> None:
    assert "1 question" in Page(render_report(evaluate(small_assistant(tmp_path), QUESTIONS[:1]))).text


def test_the_headline_in_plain_words() -> None:
    refused = {"abstained": True, "short": None, "statements": [], "considered": [], "confidence": 0.1, "seconds": 0.1}
    items = [item(n, {"accuracy": int(n % 2), "answered": 1}) for n in range(120)]
    items += [
        item(900, {"accuracy": 0}, answer=refused),
        item(901, {"accuracy": 0}, answer=None, failure="x", seconds=None),
    ]
    summary = run_of(items).summary
    assert (
        headline(summary)[0]
        == "Onrecord answered 120 of 122 questions, said of 1 that the articles don't say and failed on 1."
    )
    assert headline(summary)[1].startswith(
        "Held against the expected words, 49 % are right (95 % interval 40 to 58 %)."
    )
    assert cautions(summary) == []


def test_cautions() -> None:
    few = run_of([item(n, {"accuracy": 1}, tags=("draft",)) for n in range(5)]).summary
    assert any("under 100 no winner is called" in caution for caution in cautions(few))
    assert any("5 questions still tagged as a draft" in caution for caution in cautions(few))
    clustered = run_of([item(n, {"accuracy": 1}, cluster=f"a{n % 4}") for n in range(200)]).summary
    assert any("only 4 independent groups" in caution for caution in cautions(clustered))


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 %"), (1, "100 %"), (0.004, "0.4 %"), (0.996, "99.6 %"), (0.345, "34 %")]
)
def test_percentages_never_round_to_none_or_all(value: float, words: str) -> None:
    assert percent(value) == words
