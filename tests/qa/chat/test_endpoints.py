"""What programs may change: `/add` through the same intake as the browser's form, and what it says of the outcome."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import utils

from corpus.article import DateOrigin
from index import passage_index
from qa.chat.endpoints import Endpoints
from qa.chat.intake import MAX_ADDRESS, MAX_PASTED
from tests.qa.chat.intake_room import Room

OTTERS = "Otters are back in the river Argen, the warden said on Friday.\nHe counted 14 of them."


class RefusedError(Exception):
    """What reaches the caller."""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def add(room: Room) -> Callable[..., dict[str, Any]]:
    return Endpoints(room.assistant, RefusedError, room.intake).add


def test_a_text_is_added_with_what_is_said_of_it_and_answers_at_once(
    room: Room, add: Callable[..., dict[str, Any]]
) -> None:
    said = add(OTTERS, title="Otters\nare back", source="lake-courier.example", published="2024-05-03")
    article = next(room.assistant.index.articles())
    assert said == {
        "outcome": "added",
        "article": {
            "id": article.id,
            "title": "Otters are back",
            "source": "lake-courier.example",
            "url": None,
            "published": "2024-05-03",
            "published_from": "given",
            "characters": len(OTTERS),
            "passages": 1,
            "copies": [],
        },
        "skipped": [],
        "index": {"articles": 1, "passages": 1},
        "seconds": said["seconds"],
    }
    citation = room.assistant.ask("How many otters were counted in the river?").citations[0]
    assert (citation.article_id, citation.published_from) == (article.id, DateOrigin.GIVEN)


def test_the_same_again_changes_nothing_and_another_day_replaces_it(add: Callable[..., dict[str, Any]]) -> None:
    first = add(OTTERS, "Otters")
    assert [add(OTTERS, "Otters")["outcome"], add(OTTERS, "Otters", published="2024-05-03")["outcome"]] == [
        "unchanged",
        "replaced",
    ]
    copy = add(OTTERS, "Otters are back in the Argen")
    assert (copy["outcome"], copy["index"]["articles"]) == ("added", 2)
    assert copy["article"]["copies"] == [first["article"]["id"]]


def test_what_another_process_added_before_is_served_too(room: Room, add: Callable[..., dict[str, Any]]) -> None:
    first = add(OTTERS, "Otters")
    passage_index.remove(room.data, [first["article"]["id"]], room.encoder)
    served = room.assistant.index
    room.assistant.reload()
    passage_index.add(room.data, [served.article(first["article"]["id"])], room.encoder)
    again = add(OTTERS, "Otters")
    assert (again["outcome"], again["article"]["passages"], again["index"]["articles"]) == ("unchanged", 1, 1)
    assert room.titles() == ["Otters"]


@pytest.mark.parametrize("text", [" \u200b \n", "Share\nTweet\nSubscribe"])
def test_what_holds_no_text_is_skipped_with_its_reason(
    room: Room, add: Callable[..., dict[str, Any]], text: str
) -> None:
    said = add(text, "Empty")
    assert (said["outcome"], said["article"], said["index"]) == ("skipped", None, {"articles": 0, "passages": 0})
    assert [one["input"] for one in said["skipped"]] == ["Empty"]
    assert "it holds no text" in said["skipped"][0]["reason"]


def test_an_inner_address_is_skipped_with_its_reason(add: Callable[..., dict[str, Any]]) -> None:
    said = add(url=" http://127.0.0.1:9/ ")
    assert said["outcome"] == "skipped"
    assert "not on the public internet" in said["skipped"][0]["reason"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "There is nothing to add"),
        ({"title": "Otters", "text": None}, "There is nothing to add"),
        ({"text": OTTERS, "url": "https://paper.example/1"}, "not both"),
        ({"title": "Otters", "url": "https://paper.example/1"}, "not both"),
        ({"text": OTTERS, "published": "03/04/2024"}, "'03/04/2024' is no day"),
        ({"text": OTTERS, "published": "2024-02-30"}, "'2024-02-30' is no day"),
        ({"text": "x" * (MAX_PASTED + 1)}, "At most 200,000 characters"),
        ({"url": "file:///etc/passwd"}, "begins with https://"),
        ({"url": "https://paper.example/" + "x" * MAX_ADDRESS}, "at most 2,000 characters"),
    ],
)
def test_what_cannot_be_added_is_said(
    room: Room, add: Callable[..., dict[str, Any]], given: dict[str, Any], says: str
) -> None:
    with pytest.raises(RefusedError, match=says):
        add(**given)
    assert room.titles() == []


def test_foreign_text_of_any_kind_is_only_text(room: Room, add: Callable[..., dict[str, Any]]) -> None:
    said = add(
        "Half a \ud800 pair, \x00 and \u202e turned round, the warden said.", "<b>T\u200bitle</b>\ud800", "s\ud800"
    )
    stored = room.assistant.index.article(said["article"]["id"])
    assert stored.text == "Half a pair, and turned round, the warden said."
    assert (stored.title, stored.source) == ("<b>Title</b>", "s")


def test_no_answer_is_taken_for_a_file_to_download(room: Room) -> None:
    room.add(room.arrive("otters.txt", OTTERS), room.arrive("copy.txt", OTTERS))
    answer = Endpoints(room.assistant, RefusedError).ask("How many otters were counted in the river?")
    citation = answer["statements"][0]["citations"][0]
    assert {citation["file"], citation["copies"][0]["file"]} == {
        str(room.intake.uploads / name) for name in ("otters.txt", "copy.txt")
    }
    taken: list[Any] = []
    utils.traverse(answer, taken.append, utils.is_file_obj)
    assert taken == []


def test_a_second_add_is_told_that_one_is_under_way(room: Room, add: Callable[..., dict[str, Any]]) -> None:
    room.encoder.gate.clear()
    done: list[dict[str, Any]] = []
    first = threading.Thread(target=lambda: done.append(add(OTTERS)))
    first.start()
    assert room.encoder.waits.wait(20)
    with pytest.raises(RefusedError, match="Articles are being added or removed already"):
        add("Beavers are back.")
    assert room.assistant.ask("Who is back in the river?").abstained  # the old index answers meanwhile
    room.encoder.gate.set()
    first.join(20)
    assert done[0]["outcome"] == "added"


def test_a_builder_elsewhere_is_named(room: Room, add: Callable[..., dict[str, Any]]) -> None:
    with open(room.data / "LOCK", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RefusedError, match="Another process"):
            add(OTTERS)
    assert add(OTTERS)["outcome"] == "added"


def test_where_the_articles_cannot_be_changed_nothing_is_added(room: Room) -> None:
    with pytest.raises(RefusedError, match="can’t be changed from here"):
        Endpoints(room.assistant, RefusedError).add(OTTERS)
