"""What was embedded before a kill is not embedded again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.draft import ENCODED_AT_ONCE
from index.embedded import NAME, Embedded
from index.encoder import HashEncoder
from index.files import DISK
from index.passage_index import PassageIndex, add, remove
from index.vectors import Vectors
from tests.index.samples import Killed, article, articles

MANY = [article(number, sentences=60) for number in range(30)]  # 900 passages of 40 tokens, four batches
CONTENTS = [bytes([n]) * 16 for n in range(3)]
VECTORS = np.arange(12, dtype=np.float32).reshape(3, 4)


class Dying(HashEncoder):
    """Counts what it embeds, and ends the process, or the test's stand-in for one, at the `last` batch."""

    def __init__(self, last: int | None = None, *, really: bool = False) -> None:
        super().__init__(32)
        self.batches: list[list[tuple[str, str]]] = []
        self._last = last
        self._really = really

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        if len(self.batches) == self._last:
            if self._really:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Killed
        self.batches.append(list(texts))
        return super().encode_passages(texts)

    @property
    def embedded(self) -> list[tuple[str, str]]:
        return [text for batch in self.batches for text in batch]


def ranked(folder: Path) -> list[list[tuple[str, float]]]:
    with PassageIndex.open(folder, HashEncoder(32)) as index:
        found = index.search(["Which harbour burned?", "witness 3-1 of Quito"], 20)
        return [[(hit.passage.id, hit.score) for hit in hits] for hits in found]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The index without any kill, and how many passages were embedded for it."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    encoder = Dying()
    add(folder, MANY, encoder, max_tokens=40)
    assert not (folder / NAME).exists()
    assert len(encoder.embedded) > 3 * ENCODED_AT_ONCE
    return folder, len(encoder.embedded)


def test_a_killed_add_goes_on_where_it_was(whole: tuple[Path, int], tmp_path: Path) -> None:
    first, second, third = Dying(2), Dying(1), Dying()
    for encoder in (first, second):
        with pytest.raises(Killed):
            add(tmp_path, MANY, encoder, max_tokens=40)
        assert len(list((tmp_path / NAME).iterdir())) == len(first.batches) + len(second.batches)
    done = add(tmp_path, MANY, third, max_tokens=40)
    embedded = [text for encoder in (first, second, third) for text in encoder.embedded]
    assert len(embedded) == len(set(embedded)) == whole[1]
    assert done.embedded == len(third.embedded) < whole[1] - 3 * ENCODED_AT_ONCE + 1
    assert not (tmp_path / NAME).exists()
    assert ranked(tmp_path) == ranked(whole[0])


_CHILD = """
import sys
from pathlib import Path
from index.passage_index import add
from tests.index.test_embedded import MANY, Dying
add(Path(sys.argv[1]), MANY, Dying(3, really=True), max_tokens=40)
"""


def test_also_after_a_real_sigkill(whole: tuple[Path, int], tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    encoder = Dying()
    add(tmp_path, MANY, encoder, max_tokens=40)
    assert len(encoder.embedded) == whole[1] - 3 * ENCODED_AT_ONCE
    assert ranked(tmp_path) == ranked(whole[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LOCK", "gen-00000001"]


def test_any_committed_change_lets_go_of_it(tmp_path: Path) -> None:
    add(tmp_path, articles(2), HashEncoder(32), max_tokens=40)
    with pytest.raises(Killed):
        add(tmp_path, MANY, Dying(2))
    assert len(list((tmp_path / NAME).iterdir())) == 2
    remove(tmp_path, [article(1).id], HashEncoder(32))
    assert not (tmp_path / NAME).exists()


def test_batches_come_back_as_they_were(tmp_path: Path) -> None:
    kept = Embedded(tmp_path, "weights", 4, DISK)
    assert kept.get(CONTENTS) == {}
    kept.put(CONTENTS[:2], VECTORS[:2])
    kept.put(CONTENTS[2:], VECTORS[2:])
    for reader in (kept, Embedded(tmp_path, "weights", 4, DISK)):
        found = reader.get([*CONTENTS, b"?" * 16])
        assert {content: vector.tolist() for content, vector in found.items()} == {
            content: vector.tolist() for content, vector in zip(CONTENTS, VECTORS, strict=True)
        }
    assert Embedded(tmp_path, "other weights", 4, DISK).get(CONTENTS) == {}
    assert Embedded(tmp_path, "weights", 2, DISK).get(CONTENTS) == {}
    kept.clear()
    assert kept.get(CONTENTS) == {}
    assert list(tmp_path.iterdir()) == []
    kept.clear()


@pytest.mark.parametrize("damage", [b"", b"x", None], ids=["empty", "short", "flipped"])
def test_a_torn_batch_counts_as_nothing_and_is_written_again(tmp_path: Path, damage: bytes | None) -> None:
    Embedded(tmp_path, "weights", 4, DISK).put(CONTENTS, VECTORS)
    (path,) = (tmp_path / NAME).iterdir()
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:] if damage is None else damage)
    (tmp_path / NAME / "stray").mkdir()
    torn = Embedded(tmp_path, "weights", 4, DISK)
    assert torn.get(CONTENTS) == {}
    torn.put(CONTENTS, VECTORS)
    assert path.read_bytes() == data
    assert len(torn.get(CONTENTS)) == 3
