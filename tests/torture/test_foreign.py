"""An index of another model, dimension or format: both values, and a command that rebuilds it and does.

Every field of MANIFEST.json is changed once, with the hashes made right again, so that it is not taken for damage
before it is understood. The list of fields is read off a real manifest: a new one fails until it is decided here what
a change of it means.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import IncompatibleError, OnrecordError
from index import generation
from index.manifest import NAME
from tests.torture.size import Record, Torture
from tests.torture.warm import Farm, forked, scratch_in
from tests.torture.world import World, onrecord, state

Field = tuple[str, ...]


class Meaning(Enum):
    """What a reader does with an index whose manifest says something else there."""

    INCOMPATIBLE = auto()  # both values and the command that rebuilds; the command does
    DAMAGED = auto()  # MANIFEST.json or the file is named, and the generation before is served
    SAME = auto()  # it only tells how the index was made: what is found stays the same


# Field, another value that it may have, and what that means.
FIELDS: tuple[tuple[Field, object, Meaning], ...] = (
    (("format",), 99, Meaning.INCOMPATIBLE),
    (("generation",), 7, Meaning.DAMAGED),
    (("encoder", "name"), "all-MiniLM-L6-v2", Meaning.INCOMPATIBLE),
    (("encoder", "fingerprint"), "00ff", Meaning.INCOMPATIBLE),
    (("encoder", "dim"), 384, Meaning.INCOMPATIBLE),
    (("chunking", "max_tokens"), 40, Meaning.SAME),  # the next `add` cuts all articles anew
    (("chunking", "title_tokens"), 8, Meaning.SAME),
    (("chunking", "overlap_sentences"), 0, Meaning.SAME),
    (("chunking", "splitter"), 99, Meaning.SAME),
    (("counts", "articles"), 2, Meaning.DAMAGED),
    (("counts", "passages"), 900, Meaning.DAMAGED),
    (("counts", "tokens"), 1, Meaning.SAME),
    (("counts", "tokens_embedded"), 1, Meaning.SAME),
    (("counts", "lexical_deleted"), 1, Meaning.SAME),
    (("engines", "faiss"), "99.0", Meaning.SAME),  # a file that it can't read is another matter, see below
    (("engines", "tantivy"), "tantivy v99", Meaning.SAME),
    (("files", "path"), "other.sqlite", Meaning.DAMAGED),
    (("files", "size"), 1, Meaning.DAMAGED),
    (("files", "sha256"), "00ff", Meaning.DAMAGED),
    (("vectors", "choice"), "exact", Meaning.SAME),
    (("vectors", "kind"), "ivf", Meaning.SAME),
    (("vectors", "lists"), 7, Meaning.SAME),
    (("vectors", "probes"), 7, Meaning.SAME),
    (("vectors", "made_for"), 7, Meaning.SAME),
    (("vectors", "recall"), 0.5, Meaning.SAME),
)
_COMMAND = re.compile(r"`onrecord ([^`]+)`")


def read_manifest(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The newest generation's manifest."""
    path = generation.generations(folder)[0][1] / NAME
    return path, json.loads(path.read_bytes().rsplit(b"\n", 2)[0])


def write_manifest(path: Path, fields: dict[str, Any]) -> None:
    """With its own hash made right again."""
    body = json.dumps(fields).encode() + b"\n"
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode() + b"\n")


def flattened(fields: dict[str, Any]) -> Iterator[Field]:
    """The names of all fields; those of a file once."""
    for name, value in fields.items():
        inner = value[0] if isinstance(value, list) else value
        if isinstance(inner, dict):
            yield from ((name, key) for key in inner)
        else:
            yield (name,)


def changed(fields: dict[str, Any], field: Field, value: object) -> object:
    """Puts `value` into the field; gives what was there."""
    place: Any = fields
    for name in field[:-1]:
        place = place[name][0] if isinstance(place[name], list) else place[name]
    old, place[field[-1]] = place[field[-1]], value
    return old


def test_it_is_decided_for_every_field(world: World) -> None:
    _, fields = read_manifest(world.template)
    assert sorted(flattened(fields)) == sorted(field for field, _, _ in FIELDS)


def examine(job: tuple[World, Field, object, Meaning]) -> str | None:
    """What is wrong with what a person sees."""
    world, field, value, meaning = job
    with scratch_in(world.root) as scratch:
        folder = Path(shutil.copytree(world.template, Path(scratch) / "data"))
        before = state(folder)
        path, fields = read_manifest(folder)
        old = changed(fields, field, value)
        write_manifest(path, fields)
        searched = forked(lambda: onrecord("search", "witness", "--data", str(folder)))
        if meaning is Meaning.SAME:
            same = searched.code == 0 and state(folder).contents == before.contents
            added = forked(lambda: onrecord("add", str(world.source), "--data", str(folder)))
            return None if same and added.code == 0 else f"{searched}; {added}"
        if meaning is Meaning.DAMAGED:
            named = (
                str(old) if field == ("files", "path") else NAME if field[0] != "files" else fields["files"][0]["path"]
            )
            named = str(value) if field == ("files", "path") else named
            notice = f"onrecord: generation 2 is damaged ({named}"
            right = searched.code == 0 and notice in searched.output and "generation 1 is served" in searched.output
            return None if right else str(searched)
        words = (f"{field[-1]} {old}", f"{field[-1]} {value}")
        if searched.code != 1 or not all(word in searched.output for word in words):
            return str(searched)
        refused = forked(lambda: onrecord("add", str(world.source), "--data", str(folder)))
        if refused.code != 1 or words[1] not in refused.output:
            return f"add: {refused}"
        return rebuilt(folder, searched.output, before.contents)


def rebuilt(folder: Path, told: str, contents: str) -> str | None:
    """Runs the command that the message names; afterwards the index is as it was before."""
    commands = _COMMAND.findall(told)
    if len(commands) != 1:
        return f"no command: {told}"
    ended = forked(lambda: onrecord(*shlex.split(commands[0]), "--data", str(folder)))
    return None if ended.code == 0 and state(folder).contents == contents else f"{commands[0]}: {ended}"


@pytest.mark.parametrize(("field", "value", "meaning"), FIELDS, ids=[".".join(field) for field, _, _ in FIELDS])
def test_a_field_with_another_value(farm: Farm, world: World, field: Field, value: object, meaning: Meaning) -> None:
    assert farm.each(examine, [(world, field, value, meaning)]) == [None]


def examine_types(job: tuple[World, int]) -> tuple[int, list[str]]:
    """Every field with values of a wrong type: the manifest is damaged, and that is all. Every `step`-th value."""
    world, step = job
    faults = []
    tried = 0
    for field, _, _ in FIELDS:
        for value in (-1, None, [], {}, "x", True)[::step]:
            with scratch_in(world.root) as scratch:
                folder = Path(shutil.copytree(world.template, Path(scratch) / "data"))
                path, fields = read_manifest(folder)
                old = changed(fields, field, value)
                if type(old) is type(value) and value != -1:
                    continue
                tried += 1
                write_manifest(path, fields)
                try:
                    served = state_anyhow(folder)
                except IncompatibleError:
                    served = 1 if field[0] in ("format", "encoder") else 0
                if served != 1:
                    faults.append(f"{'.'.join(field)} = {value!r}: generation {served} is served")
    return tried, faults


def state_anyhow(folder: Path) -> int:
    """The number of the generation that is served."""
    from index.passage_index import PassageIndex
    from tests.torture.world import ENCODER

    try:
        with PassageIndex.open(folder, ENCODER) as index:
            return index.generation
    except IncompatibleError:
        raise
    except OnrecordError:
        return 0


def test_a_field_of_another_type_is_damage(farm: Farm, world: World, torture: Torture, record: Record) -> None:
    ((tried, faults),) = farm.each(examine_types, [(world, torture.count(1, 3))])
    assert faults == []
    record("foreign", fields=len(FIELDS), wrong_types=tried, undetected=0)
