"""Models on this machine, and the one download: it says its size, asks, checks what came, and happens once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import DamagedError, ModelUnavailableError, StorageError, UsageError
from qa.cli import main
from qa.prose import models
from qa.prose.models import RECORD, Found, HuggingFaceHub, Offer, downloaded, find_model, get_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OFFER = Offer("Qwen/Qwen3-0.6B", COMMIT, (("config.json", 2), ("model.safetensors", 7)))


class FakeHub:
    """Sends what it offers, or less."""

    def __init__(self, offer: Offer = OFFER, weights: bytes = b"weights", fails: Exception | None = None) -> None:
        self._offer, self._weights, self._fails = offer, weights, fails
        self.asked: list[tuple[str, str | None]] = []
        self.fetched = 0

    def offer(self, repository: str, revision: str | None) -> Offer:
        self.asked.append((repository, revision))
        return self._offer

    def fetch(self, offer: Offer, folder: Path) -> None:
        self.fetched += 1
        if self._fails:
            raise self._fails
        (folder / "config.json").write_bytes(b"{}")
        (folder / "model.safetensors").write_bytes(self._weights)


def yes(offer: Offer) -> bool:
    return True


def test_a_model_is_fetched_once_and_found_by_every_name(tmp_path: Path) -> None:
    hub = FakeHub()
    folder = get_model("small", tmp_path, hub, yes)
    assert get_model("Qwen/Qwen3-0.6B", tmp_path, hub, yes) == folder
    assert (hub.fetched, hub.asked) == (1, [("Qwen/Qwen3-0.6B", None)])
    record = json.loads((folder / RECORD).read_text("utf-8"))
    assert record["revision"] == COMMIT
    # as sha256sum says of the seven bytes
    assert record["sha256"]["model.safetensors"] == "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
    for name in ("small", "Qwen/Qwen3-0.6B", str(folder)):
        assert find_model(name, tmp_path) == Found(folder, COMMIT)
    assert downloaded(tmp_path) == ["Qwen/Qwen3-0.6B"]


def test_nothing_is_fetched_without_a_yes(tmp_path: Path) -> None:
    hub = FakeHub()
    with pytest.raises(UsageError, match="Nothing was fetched"):
        get_model("small", tmp_path, hub, lambda offer: False)
    assert hub.fetched == 0
    assert downloaded(tmp_path) == []


def test_what_came_short_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"model\.safetensors of Qwen/Qwen3-0\.6B didn't arrive whole"):
        get_model("small", tmp_path, FakeHub(weights=b"weigh"), yes)
    assert downloaded(tmp_path) == []
    assert get_model("small", tmp_path, FakeHub(), yes).is_dir()  # and the next try mends it


def test_a_download_that_breaks_off_leaves_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError):
        get_model("small", tmp_path, FakeHub(fails=ModelUnavailableError("cut")), yes)
    with pytest.raises(UsageError, match="onrecord models get small"):
        find_model("small", tmp_path)


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    hub = FakeHub(Offer("Qwen/Qwen3-0.6B", COMMIT, (("model.safetensors", 10**18),)))
    with pytest.raises(StorageError, match="needs 1000000000.0 GB"):
        get_model("small", tmp_path, hub, yes)
    assert hub.fetched == 0


@pytest.mark.parametrize("name", ["../evil", "a/../b", "a/b/c", "/etc", "a b", "..", "x/.."])
def test_a_name_is_never_a_path_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        get_model(name, tmp_path / "models", FakeHub(), yes)
    assert not (tmp_path / "evil").exists()


def test_the_command_names_the_size_and_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path))
    hub = FakeHub()
    monkeypatch.setattr(models, "HuggingFaceHub", lambda: hub)
    refused = CliRunner().invoke(main, ["models", "get", "small"], input="n\n")
    assert refused.exit_code == 2
    assert f"Qwen/Qwen3-0.6B at revision {COMMIT[:12]}: 0.0 MB to fetch." in refused.output
    assert hub.fetched == 0
    taken = CliRunner().invoke(main, ["models", "get", "small"], input="y\n")
    assert taken.exit_code == 0, taken.output
    assert "Use it with --answerer hf:small" in taken.output
    listed = CliRunner().invoke(main, ["models", "list"]).output
    assert "small   Qwen/Qwen3-0.6B" in listed and "about 1.5 GB" in listed
    assert listed.count("here\n") >= 1 and "not fetched" in listed


def test_without_a_network_the_hub_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="Qwen/Qwen3-0.6B can't be fetched from huggingface.co"):
        get_model("small", tmp_path, HuggingFaceHub(), yes)  # the tests block every other host


def test_an_answerer_that_isnt_here_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ONRECORD_ENCODER", "hash-256")
    monkeypatch.setenv("ONRECORD_SELECTOR", "sentences")
    monkeypatch.setenv("ONRECORD_DATA", str(tmp_path / "data"))
    run = CliRunner().invoke
    assert run(main, ["sample"]).exit_code == 0
    for name, said in (
        ("hf:small", "Fetch it: onrecord models get small"),
        ("hf:nowhere", "Name its folder"),
        ("openai:tiny", "--base-url http://127.0.0.1:11434/v1"),
        ("magic", "There is no answerer 'magic'"),
        ("hf:", "There is no answerer"),
    ):
        asked = run(main, ["ask", "--answerer", name, "Who released Kling?"])
        assert (asked.exit_code, said in asked.output) == (2, True), asked.output
