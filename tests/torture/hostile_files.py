"""Files that a person may have and no one would want: real shapes, damaged and blown up by seeded mutators.

Each holds sentences with a word of its own, so that text which got lost on the way is noticed: `planted` are those that
a reader of the undamaged shape would see and that no mutator hid.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WORDS = (
    "council bridge harbour minister river budget vote storm teacher railway market doctor witness garden engine "
    "festival library senate farmer island court hospital report border singer museum energy school winter water"
).split()
ENDINGS = (*".html .htm .txt .md .pdf .csv .tsv .jsonl .json .gz .zip .docx .text".split(), "")
MANY = (60, 250, 400, 3_000, 10_000)


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One input."""

    name: str
    data: bytes
    planted: tuple[str, ...]  # words that must be in the article, if there is one; empty where a mutator may hide them
    made_by: str  # shape and mutators, for a failure's message


class _Maker:
    """One file's choices, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.planted: list[str] = []
        self._seed = seed

    def sentence(self) -> str:
        marker = f"zq{self._seed}x{len(self.planted)}y"
        self.planted.append(marker)
        words = [self.random.choice(WORDS) for _ in range(self.random.randint(8, 16))]
        words.insert(self.random.randrange(len(words)), marker)
        return f"The {' '.join(words)} on Tuesday."

    def paragraphs(self) -> list[str]:
        return [
            " ".join(self.sentence() for _ in range(self.random.randint(2, 4)))
            for _ in range(self.random.randint(3, 8))
        ]

    def title(self) -> str:
        return f"A {self.random.choice(WORDS)} near the {self.random.choice(WORDS)} is closed"


def hostile_files(seeds: Sequence[int]) -> Iterator[HostileFile]:
    """One file a seed; the same seed gives the same file."""
    for seed in seeds:
        yield hostile_file(seed)


def hostile_file(seed: int) -> HostileFile:
    """The file of this seed."""
    make = _Maker(seed)
    shape = make.random.choice(tuple(SHAPES))
    data, ending = SHAPES[shape](make)
    used, hidden = [shape], False
    for _ in range(make.random.choice((0, 1, 1, 1, 2, 3))):
        name = make.random.choice(tuple(MUTATORS))
        data = MUTATORS[name](data, make.random)
        used.append(name)
        hidden = hidden or name not in HARMLESS
    if make.random.random() < 0.15:
        ending, hidden = make.random.choice(ENDINGS), True
        used.append(f"named {ending or 'without ending'}")
    planted = () if hidden else tuple(make.planted)
    return HostileFile(f"{make.random.choice(WORDS)}-{seed}{ending}", data, planted, ", ".join(used))


def _html(make: _Maker) -> tuple[bytes, str]:
    title, body = make.title(), "".join(f"<p>{text}</p>\n" for text in make.paragraphs())
    page = (
        f"<!DOCTYPE html><html><head><title>{title}</title><meta charset='utf-8'>"
        '<script>var a = "<p>no text</p>";</script><style>p{color:red}</style></head>'
        '<body><nav><a href="/">Home</a></nav>'
        f"<main><article><h1>{title}</h1>\n{body}</article></main><footer>© 2024 The Paper</footer></body></html>"
    )
    return page.encode(), ".html"


def _nested_html(make: _Maker) -> tuple[bytes, str]:
    depth = make.random.choice(MANY)
    tag = make.random.choice(("div", "span", "b", "blockquote", "ul><li", "table><tr><td", "font"))
    close = "".join(f"</{name}>" for name in reversed(tag.split("><")))
    body = "".join(f"<p>{text}</p>" for text in make.paragraphs())
    return f"<html><body>{f'<{tag}>' * depth}{body}{close * depth}</body></html>".encode(), ".html"


def _wide_html(make: _Maker) -> tuple[bytes, str]:
    body = "".join(f"<p>{text}" for text in make.paragraphs())
    piece = make.random.choice(("<p>", "<br>", "<p>x</p>", "&nbsp;", "&#x41;", "<b></b>", "<a href=x>y</a>", "<td>"))
    return f"<html><body><article>{body}{piece * make.random.choice((500, 20_000))}</article>".encode(), ".htm"


def _markdown(make: _Maker) -> tuple[bytes, str]:
    title, body = make.title(), "\n\n".join(make.paragraphs())
    front = make.random.choice(("", f'---\ntitle: "{title}"\ndate: 2024-05-03\n---\n', "---\na: &a [x]\nb: *a\n---\n"))
    extra = make.random.choice(
        ("", "\n\n| a | b |\n|---|---|\n| c | d |\n", "\n\n```\ncode\n```\n", "\n\n- a\n  - b\n")
    )
    return f"{front}# {title}\n\n{body}{extra}".encode(), ".md"


def _nested_markdown(make: _Maker) -> tuple[bytes, str]:
    mark = make.random.choice((">", "- ", "[", "*", "![", "`", "<b>", "    ", "| "))
    return "\n\n".join([mark * make.random.choice(MANY), *make.paragraphs()]).encode(), ".md"


def _text(make: _Maker) -> tuple[bytes, str]:
    return "\n\n".join([make.title(), *make.paragraphs()]).encode(), ".txt"


def _records(make: _Maker) -> list[dict[str, str]]:
    return [
        {"id": f"r{number}", "title": make.title(), "text": text, "published": "2024-05-03"}
        for number, text in enumerate(make.paragraphs())
    ]


def _jsonl(make: _Maker) -> tuple[bytes, str]:
    return "\n".join(json.dumps(record) for record in _records(make)).encode(), ".jsonl"


def _json(make: _Maker) -> tuple[bytes, str]:
    return json.dumps(_records(make)).encode(), make.random.choice((".json", ".jsonl"))


def _csv(make: _Maker) -> tuple[bytes, str]:
    out = io.StringIO()
    records = _records(make)
    writer = csv.DictWriter(out, list(records[0]), delimiter=make.random.choice(",;\t"))
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode(), make.random.choice((".csv", ".tsv"))


def _pdf(make: _Maker) -> tuple[bytes, str]:
    return pdf_of([make.paragraphs() for _ in range(make.random.randint(1, 3))]), ".pdf"


def _gzip(make: _Maker) -> tuple[bytes, str]:
    return gzip.compress(_html(make)[0], mtime=0), make.random.choice((".gz", ".html", ".txt.gz", ".txt"))


def _zip(make: _Maker) -> tuple[bytes, str]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escape.html", _html(make)[0])
        archive.writestr("bomb.txt", b"0" * 1_000_000)
    return out.getvalue(), make.random.choice((".zip", ".docx", ".html", ""))


def pdf_of(pages: Sequence[Sequence[str]], *, extra: bytes = b"") -> bytes:
    """A small PDF: a line of text for each ten words or so, packed as PDFs are. `extra` goes into the first page."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for number, paragraphs in enumerate(pages):
        lines = [line for text in paragraphs for line in (*_wrapped(text), "")]
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        packed = zlib.compress((extra if number == 0 else b"") + f"BT /F1 10 Tf 12 TL 40 800 Td\n{shown}ET".encode())
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + packed + b"\nendstream")
        content = len(objects)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 840] /Contents {content} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return pdf_from(objects)


def pdf_from(objects: Sequence[bytes], trailer: bytes = b"<< /Root 1 0 R /Size %d >>") -> bytes:
    """A PDF of these objects, numbered from 1, with its table of places."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = trailer % (len(objects) + 1) if b"%d" in trailer else trailer
    return bytes(out + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (size, table))


def _wrapped(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[start : start + 12]) for start in range(0, len(words), 12)]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 5, 50)) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _drop(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 10, 300)) :]


def _double(data: bytes, chance: random.Random) -> bytes:
    start, length = chance.randrange(len(data) + 1), chance.choice((5, 50, 500))
    return data[:start] + data[start : start + length] * chance.choice((2, 20, 500)) + data[start:]


def _insert(*pieces: bytes) -> Callable[[bytes, random.Random], bytes]:
    def insert(data: bytes, chance: random.Random) -> bytes:
        start = chance.randrange(len(data) + 1)
        return data[:start] + chance.choice(pieces) * chance.choice((1, 1, 40)) + data[start:]

    return insert


def _append(*pieces: bytes) -> Callable[[bytes, random.Random], bytes]:
    return lambda data, chance: data + chance.choice(pieces) * chance.choice((1, 100, 20_000))


def _recode(data: bytes, chance: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-16-le", "cp1251", "utf-32")), "replace")


def _line_ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n")))


def _noise(data: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 100, 20_000)))


SHAPES: dict[str, Callable[[_Maker], tuple[bytes, str]]] = {
    "html": _html,
    "nested html": _nested_html,
    "wide html": _wide_html,
    "markdown": _markdown,
    "nested markdown": _nested_markdown,
    "text": _text,
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "pdf": _pdf,
    "gzip": _gzip,
    "zip": _zip,
}
MUTATORS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut off": _cut,
    "flipped bits": _flip,
    "a gap": _drop,
    "a piece many times": _double,
    "NULs": _insert(b"\x00"),
    "bad UTF-8": _insert(b"\xff\xfe\xfd", b"\xc3", b"\xf5\x80\x80\x80", b"\xc0\xaf"),
    "lone surrogates": _insert(b"\xed\xa0\x80", b"\xed\xbf\xbf"),
    "unseen characters": _insert("\u200b\u202e\U000e0041\ufeff\u2066".encode(), b"\x1b[2J\x07\x08"),
    "markup": _insert(b"<!--", b"<script>", b"<![CDATA[", b"</body></html>", b'<p title="', b"<!ENTITY a 'b'>", b"&a;"),
    "signs": _insert(b'"', b"'", b"\\", b"{", b"[", b"|", b"`", b"---\n", b",", b"\n"),
    "a tail": _append(b" ", b"\n", b"(", b"A.B.", b"[", b"- ", b"<p>", b'"', b"\xc2\xa0", b"x"),
    "another encoding": _recode,
    "other line ends": _line_ends,
    "noise": _noise,
}
HARMLESS = frozenset({"unseen characters", "other line ends"})  # what is planted must survive these
