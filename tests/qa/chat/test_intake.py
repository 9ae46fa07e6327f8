"""Articles that come and go through the browser: limits, kept files, what is skipped, and when the new index serves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Skipped
from qa.chat.adding_panel import adding_html, result_html, step_html
from qa.chat.intake import MAX_FILES, MAX_NAME, Result, Step, file_name, keep
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.intake_room import Room
from tests.qa.chat.pages import parsed, text

OTTERS = "Otters are back\n\nOtters are back in the river Argen, the warden said on Friday.\n"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    yield Room(tmp_path)


def test_files_are_kept_read_and_served(room: Room) -> None:
    result = room.add(room.arrive("otters.txt", OTTERS), room.arrive("empty.md", " "))
    assert result.done
    assert "1 added, 1 skipped" in result.sentence
    assert [(skipped.path, skipped.reason) for skipped in result.skipped] == [("empty.md", "it holds no text")]
    assert room.titles() == ["Otters are back"]
    assert room.kept() == ["otters.txt"]
    assert list(room.arrivals.iterdir()) == []
    article = next(room.assistant.index.articles())
    assert article.path == str(room.data / "uploads" / "otters.txt")


def test_the_same_file_again_changes_nothing_and_another_one_of_its_name_stays_beside_it(room: Room) -> None:
    room.add(room.arrive("otters.txt", OTTERS))
    assert "1 unchanged" in room.add(room.arrive("otters.txt", OTTERS)).sentence
    assert "1 added" in room.add(room.arrive("otters.txt", "Beavers are back, too, the warden said.")).sentence
    assert room.kept() == ["otters (2).txt", "otters.txt"]
    assert (room.intake.uploads / "otters.txt").read_text("utf-8") == OTTERS


def test_a_file_goes_with_the_last_of_its_articles(room: Room) -> None:
    lines = [json.dumps({"id": name, "title": name, "text": f"The {name} is back."}) for name in ("otter", "beaver")]
    room.add(room.arrive("animals.jsonl", "\n".join(lines)))
    assert room.do({"remove": "otter"}).sentence == "Removed “otter”."
    assert room.kept() == ["animals.jsonl"]
    assert room.do({"remove": "beaver"}).done
    assert room.kept() == []
    assert room.assistant.index.n_articles == 0
    gone = room.do({"remove": "beaver"})
    assert not gone.done
    assert "There is no article" in gone.sentence


def test_a_file_from_elsewhere_is_no_upload(room: Room, tmp_path: Path) -> None:
    other = tmp_path / "secret.txt"
    other.write_text(OTTERS, "utf-8")
    (room.arrivals / "link.txt").symlink_to(other)
    for path in (str(other), f"{room.arrivals}/../secret.txt", str(room.arrivals / "link.txt"), "/etc/passwd", ""):
        assert not room.add(path).done
    assert other.exists()
    assert room.titles() == []


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"add": "address", "address": "/etc/passwd"}, "begins with https://"),
        ({"add": "address", "address": "file:///etc/passwd"}, "begins with https://"),
        ({"add": "text", "title": "", "text": " \n "}, "There is no text"),
        ({"add": "text", "text": "x" * 200_001}, "At most 200,000 characters"),
        ({"add": "files", "paths": ["x"] * (MAX_FILES + 1)}, "At most 200 files"),
        ({"add": "magic"}, "Nothing was chosen"),
        ({}, "Nothing was chosen"),
    ],
)
def test_what_cannot_be_added_is_said(room: Room, wanted: dict[str, object], says: str) -> None:
    result = room.do(wanted)
    assert not result.done
    assert says in result.sentence
    assert room.titles() == []


def test_an_address_of_this_machine_is_skipped_with_its_reason(room: Room) -> None:
    result = room.do({"add": "address", "address": " http://127.0.0.1:9/ "})
    assert "not on the public internet" in result.skipped[0].reason


def test_what_the_browser_could_not_send_is_listed(room: Room) -> None:
    failed = ({"name": "big.pdf", "reason": "large"}, {"name": "odd.txt", "reason": "?"}, "nonsense")
    result = room.add(room.arrive("otters.txt", OTTERS), failed=failed)
    assert "1 added, 2 skipped" in result.sentence
    assert "larger than 50 MB" in result.skipped[0].reason
    assert "could not be uploaded" in result.skipped[1].reason


def test_one_change_at_a_time_and_the_next_one_works(room: Room) -> None:
    room.encoder.gate.clear()
    first = room.intake.changes({"add": "text", "text": OTTERS})
    assert isinstance(next(first), Step)
    assert "already" in room.do({"add": "text", "text": "Beavers."}).sentence
    assert room.assistant.ask("Who is back in the river?").abstained  # the old index answers meanwhile
    room.encoder.gate.set()
    *_, last = first
    assert isinstance(last, Result)
    assert last.done
    assert not room.assistant.ask("Who is back in the river?").abstained
    assert room.do({"add": "text", "text": "Beavers are back."}).done


def test_a_closed_tab_does_not_cut_a_change_off(room: Room) -> None:
    room.encoder.gate.clear()
    steps = room.intake.changes({"add": "text", "text": OTTERS})
    next(steps)
    steps.close()
    room.encoder.gate.set()
    for _ in range(200):
        if room.titles():
            break
        time.sleep(0.05)
    assert room.titles() == ["Otters are back"]


def test_a_builder_elsewhere_is_named(room: Room) -> None:
    import fcntl

    with open(room.data / "LOCK", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = room.add(room.arrive("otters.txt", OTTERS))
    assert not result.done
    assert "Another process" in result.sentence
    assert room.kept() == []  # nothing half done is left


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("report.html", "report.html"),
        ("../../etc/passwd", "passwd"),
        ("..\\x.txt", "x.txt"),
        (".hidden.txt", "hidden.txt"),
        ("a\nb\u202e.txt", "a b.txt"),
        ("", "article"),
        ("..", "article"),
        ("日本.txt", "日本.txt"),
    ],
)
def test_names_of_kept_files(given: str, named: str) -> None:
    assert file_name(given) == named


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = file_name("ü" * 300 + ".html")
    assert len(name.encode()) <= MAX_NAME
    assert name.endswith("ü.html")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    upload, folder = tmp_path / "a.txt", tmp_path / "kept"
    folder.mkdir()
    (folder / "a.txt").mkdir()  # even a folder of that name
    upload.write_text("new", "utf-8")
    assert keep(upload, folder) == (folder / "a (2).txt", True)
    assert keep(upload, folder) == (folder / "a (2).txt", False)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_shown_is_only_text(attack: str) -> None:
    shown = parsed(result_html(Result(attack, (Skipped(attack, attack),), done=False)))
    assert shown.find("div").get("role") == "alert"
    parsed(step_html(Step(attack)))


def test_the_form_labels_every_field() -> None:
    form = parsed(adding_html())
    labels = {label.get("for") for label in form.findall(".//label")}
    fields = [*form.findall(".//input"), *form.findall(".//textarea")]
    assert labels == {field.get("id") for field in fields}


def test_many_skipped_are_cut_short() -> None:
    shown = text(parsed(result_html(Result("Done.", tuple(Skipped(f"f{n}", "no") for n in range(60))))))
    assert "f49: no" in shown
    assert "And 10 more inputs." in shown
