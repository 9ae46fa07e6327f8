"""Hostile files: each gives an article or a reason, within 20 seconds and 1 GB, and no text is lost in silence."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pypdf import PdfReader, PdfWriter

from corpus.article import Article, Skipped
from corpus.load import Reader, load_all
from tests.torture.conftest import Record, Torture
from tests.torture.hostile_files import pdf_from, pdf_of

SECONDS, MEMORY = 20.0, 1_000_000_000
PROSE = "The council voted on Tuesday to close the harbour bridge for a year, and nobody was surprised by it. "
PAGE = f"<html><body><article>{f'<p>{PROSE}</p>' * 8}</article></body></html>".encode()
MB = 1_000_000

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {this} "{f"&{that};" * 10}">' for that, this in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><html xmlns="http://www.w3.org/1999/xhtml"><body><p>&j;</p></body></html>'
)
ALIASES = "---\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{this}: &{this} [{','.join(['*' + that] * 9)}]\n" for that, this in zip("abcdefghi", "bcdefghij", strict=True)
)


def zipped(name: str, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return out.getvalue()


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of([[PROSE]]))))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def looped(pages: bytes, *more: bytes) -> bytes:
    return pdf_from([b"<< /Type /Catalog /Pages 2 0 R >>", pages, *more])


FORM = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 4 0 R >> >> /Length 5 >>"
NAMED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.html": (lambda: b"", "it is empty"),
    "empty.pdf": (lambda: b"", "it is empty"),
    "empty.csv": (lambda: b"", "it is empty"),
    "blank.txt": (lambda: b" \n\t\r\n", "it holds no text"),
    "nul.txt": (lambda: b"The council\x00 voted.", "NUL"),
    "nul.html": (lambda: PAGE + b"\x00", "NUL"),
    "nul.csv": (lambda: b"text\nThe council\x00 voted.\n", "NUL"),
    "bad.txt": (lambda: b"The \xff\xfe council \xf5\x81 voted \xc3\x28 on \x81\x8d\x8f\x90\x9d it.", "UTF-8"),
    "surrogates.txt": (lambda: b"The \xed\xa0\x80 council \xed\xbf\xbf voted \xed\xa0\x81 \x81\x8d it.", "UTF-8"),
    "surrogates.jsonl": (lambda: b'{"text": "The \xed\xa0\x80 council."}', "not UTF-8"),
    "line.txt": (lambda: b"word " * (20 * MB), "larger than 50 MB"),
    "line.html": (lambda: b"<p>word " * (13 * MB), "larger than 50 MB"),
    "line.jsonl": (lambda: b'{"text": "' + b"x" * (100 * MB) + b'"}\n', "longer than 20 MB"),
    "line.csv": (lambda: b"text\n" + b"x" * (100 * MB) + b"\n", "a record is longer than"),
    "fields.csv": (lambda: b"text,a\n" + b'"%s",' % (b"x\n" * 4 * MB) * 6 + b"\n", "a record is longer than"),
    "letters.txt": (lambda: b"a\n" * (4 * MB), "longer than 5,000,000"),
    "lines.txt": (lambda: b"a\n" * (2 * MB), ""),  # an article or a reason: it depends on the machine
    "paragraph.html": (lambda: b"<p>" + PROSE.encode() * 200_000, ""),
    "deep.html": (lambda: b"<div>" * 10_000 + PAGE + b"</div>" * 10_000, "nested too deeply"),
    "deep.md": (lambda: b"> " * 10_000 + PROSE.encode(), ""),
    "deep.jsonl": (lambda: b'{"text": ' + b"[" * 100_000, "nested"),
    "many.html": (lambda: b"<html><body>" + b"<p>The council voted.</p>" * 200_000, ""),
    "bare.html": (lambda: b"<p>" * (5 * MB // 3), ""),
    "scripts.html": (lambda: b"<script " * (2 * MB), ""),
    "comments.html": (lambda: b"<!--" * (4 * MB), ""),
    "attributes.html": (lambda: b"<p " + b"a=b " * (2 * MB) + b">x", ""),
    "laughs.html": (lambda: LAUGHS.encode(), ""),
    "laughs.xhtml": (lambda: LAUGHS.encode(), ""),
    "entity.xhtml": (
        lambda: (
            b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><p>&x;</p></html>'
        ),
        "",
    ),
    "aliases.md": (lambda: f"{ALIASES}---\n{PROSE}".encode(), "article"),
    "encrypted.pdf": (encrypted, "encrypted"),
    "truncated.pdf": (lambda: pdf_of([[PROSE * 20]] * 3)[:900], "damaged"),
    "page-loop.pdf": (lambda: looped(b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), ""),
    "table-loop.pdf": (lambda: pdf_from([b"<< /Type /Catalog >>"], b"<< /Root 1 0 R /Size %d /Prev 60 >>"), ""),
    "form-loop.pdf": (
        lambda: looped(
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /XObject << /F 4 0 R >> >> >>",
            FORM + b"\nstream\n/F Do\nendstream",
            b"<< /Length 5 >>\nstream\n/F Do\nendstream",
        ),
        "",
    ),
    "bomb.pdf": (lambda: pdf_of([[PROSE]], extra=b" " * (400 * MB)), ""),
    "operators.pdf": (lambda: pdf_of([[PROSE]], extra=b"q Q " * (10 * MB)), ""),
    "bomb.gz": (lambda: gzip.compress(b"0" * (300 * MB)), "not a kind of file"),
    "bomb.zip": (lambda: zipped("a.html", 300 * MB), "not a kind of file"),
    "slip.zip": (lambda: zipped("../../slip.html", 10), "not a kind of file"),
    "bomb.html": (lambda: gzip.compress(b"0" * (300 * MB)), "NUL"),
    "bomb.txt": (lambda: zipped("a.txt", 300 * MB), "NUL"),
}
QUICK = [
    name
    for name, (_, reason) in NAMED.items()
    if name.split(".")[0]
    in {"empty", "blank", "nul", "bad", "surrogates", "encrypted", "truncated", "laughs", "aliases"}
    or name in {"page-loop.pdf", "table-loop.pdf", "form-loop.pdf", "entity.xhtml", "deep.jsonl", "slip.zip"}
]


def read(reader: Reader, path: Path) -> tuple[list[Article | Skipped], float]:
    began = time.monotonic()
    results = list(reader.read(path))
    return results, time.monotonic() - began


def test_files_that_have_a_name(tmp_path: Path, torture: Torture, record: Record) -> None:
    slowest, told, articles = 0.0, {}, 0
    with Reader() as reader:
        for name in NAMED if torture.full else QUICK:
            make, expected = NAMED[name]
            path = tmp_path / name
            path.write_bytes(make())
            results, took = read(reader, path)
            path.unlink()
            (result,) = results[-1:]
            reason = "article" if isinstance(result, Article) else result.reason
            assert expected in reason, (name, reason)
            assert "passwd" not in name and "root:" not in getattr(result, "text", "")
            assert took < SECONDS, (name, took)
            slowest, articles = max(slowest, took), articles + isinstance(result, Article)
            told[name] = reason[:90]
            torture.progress(f"  {name}: {took:.1f} s, {reason[:90]}")
    record(
        "files",
        named_files=len(told),
        of_them_articles=articles,
        slowest_seconds=slowest,
        **({"reasons": told} if torture.full else {}),
    )


def test_what_is_no_file_or_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(PROSE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "kept.txt").write_text(PROSE)
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "up.txt").symlink_to("../outside/secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "round").symlink_to(".")
    (inside / "nowhere.txt").symlink_to("missing")
    (inside / "device.txt").symlink_to("/dev/zero")
    os.mkfifo(inside / "pipe.txt")
    (inside / "a\\..\\..\\etc.txt").write_text(PROSE)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.relpath(inside / "socket.txt"))
    loaded = load_all([inside, "/dev/zero", str(inside / ".." / "inside" / "pipe.txt")])
    listener.close()
    assert sorted(Path(article.path or "").name for article in loaded.articles) == ["a\\..\\..\\etc.txt", "kept.txt"]
    assert all(Path(article.path or "").parent == inside for article in loaded.articles)
    reasons = {Path(skipped.path).name: skipped.reason for skipped in loaded.skipped}
    assert "leads out of the folder" in reasons["link.txt"]
    assert "leads out of the folder" in reasons["up.txt"]
    assert "leads out of the folder" in reasons["folder"]
    assert "leads out of the folder" in reasons["device.txt"]
    assert "same folder" in reasons["round"]
    assert "leads nowhere" in reasons["nowhere.txt"]
    assert reasons["pipe.txt"] == "it is a pipe, not a file"
    assert reasons["socket.txt"] == "it is a socket, not a file"
    assert reasons["zero"] == "it is a device, not a file"


def run_of(folder: Path, first: int, count: int, progress: Callable[[str], None]) -> dict[str, Any]:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.torture.read_hostile", str(folder), str(first), str(count)]
    last: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = json.loads(line)
            progress(f"  from {first}: {last['done']} of {count}, wrong: {len(last['wrong'])}")
    assert process.returncode == 0
    return last


def test_generated_files(tmp_path: Path, torture: Torture, record: Record) -> None:
    count = torture.count(10_000, 40)
    share = -(-count // torture.processes)
    with ThreadPoolExecutor(torture.processes) as pool:
        firsts = range(0, count, share)
        jobs = [
            pool.submit(run_of, tmp_path / str(first), first, min(share, count - first), torture.progress)
            for first in firsts
        ]
        runs = [job.result() for job in jobs]
    figures = {key: sum(run[key] for run in runs) for key in ("done", "articles", "skipped", "checked_for_loss")}
    highest = {key: max(run[key] for run in runs) for key in ("slowest_seconds", "memory", "worker_memory")}
    record("files", **figures, **highest, least_kept=min(run["least_kept"] for run in runs))
    assert [wrong for run in runs for wrong in run["wrong"]] == []
    assert figures["done"] == count == figures["articles"] + figures["skipped"]
    assert figures["checked_for_loss"] >= count / 10
    assert highest["slowest_seconds"] < SECONDS
    assert max(highest["memory"], highest["worker_memory"]) < MEMORY
