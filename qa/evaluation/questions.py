"""The evaluation's input: questions with whatever is known about their answers.

Only the question itself is required. A line that can't be used is reported by its number, and no other line suffers.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from qa.question_check import MAX_QUESTION

FROM_CHAT = "from-chat"  # tag of a question that a person's word on an answer in the chat made
TO_CORRECT = "to-correct"  # tag of one that nothing is known of until a person has corrected it

_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0"})
_CSV_EVIDENCE = frozenset({"evidence_article", "evidence_quote"})  # one piece of evidence without JSON in a cell
_KNOWN = frozenset({"id", "question", "answers", "answer", "answerable", "evidence", "tags"}) | _CSV_EVIDENCE


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """A place that holds the answer: a quote, a range of characters, or a whole article if neither is given."""

    article: str  # an article's id or its file's name
    quote: str | None = None
    start: int | None = None  # characters into the article's text
    end: int | None = None  # half open; None exactly when start is


@dataclass(frozen=True, slots=True)
class Question:
    """A question to measure with. What is not known stays empty or None."""

    id: str
    text: str
    answers: tuple[str, ...] = ()  # any one of them is right
    answerable: bool | None = None  # whether the articles answer it; see `expects_answer`
    evidence: tuple[GoldEvidence, ...] = ()
    tags: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()  # other plain fields, e.g. a date to cluster by

    @property
    def expects_answer(self) -> bool | None:
        """Whether an answer is right and a refusal wrong: as stated, or True if an answer or evidence is given."""
        if self.answerable is not None:
            return self.answerable
        return True if self.answers or self.evidence else None

    def column(self, name: str) -> str | None:
        """The value of another field of the question's line, None if it has none."""
        return dict(self.columns).get(name)


@dataclass(frozen=True, slots=True)
class LineNote:
    """Something about a line that a person should know."""

    line: int  # from 1
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """What a file of questions held, in its order."""

    questions: tuple[Question, ...]
    bad: tuple[LineNote, ...]  # lines that gave no question, and why
    notes: tuple[LineNote, ...] = ()  # lines that did, but not quite as given


def read_questions(path: Path) -> QuestionFile:
    """Read a .csv or .tsv file, or JSON lines from any other.

    Raises UsageError if the file can't be read or holds no question at all.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The questions in {path} can't be read: {error.strerror or error}.") from error
    suffix = path.suffix.lower()
    rows = _csv_rows(data, "\t" if suffix == ".tsv" else ",") if suffix in {".csv", ".tsv"} else _json_rows(data)
    read = parse_questions(rows)
    if not read.questions:
        why = f" Line {read.bad[0].line}: {read.bad[0].reason}" if read.bad else ""
        raise UsageError(f"{path} holds no question that can be used.{why}")
    return read


def parse_questions(rows: Iterable[tuple[int, Mapping[str, Any] | str]]) -> QuestionFile:
    """Turn numbered rows into questions; a row that is a string is already known to be bad, and says why."""
    questions: list[Question] = []
    bad: list[LineNote] = []
    notes: list[LineNote] = []
    seen: dict[str, tuple[int, Question]] = {}
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise ValueError(row)
            question = parse_question(row, default_id=f"line-{line}")
            if question.id in seen:
                question, note = _told_apart(question, line, *seen[question.id])
                notes.append(note)
        except ValueError as error:
            bad.append(LineNote(line, f"{error}."))
        else:
            seen[question.id] = line, question
            questions.append(question)
    return QuestionFile(tuple(questions), tuple(bad), tuple(notes))


def _told_apart(question: Question, line: int, first_line: int, first: Question) -> tuple[Question, LineNote]:
    """Give a question another id than that of an earlier line; raises ValueError if it is the same question."""
    if question == first:
        raise ValueError(f"it repeats line {first_line}")
    renamed = replace(question, id=f"{question.id} (line {line})")
    return renamed, LineNote(line, f"its id {question.id!r} is that of line {first_line}; it is called {renamed.id!r}.")


def parse_question(row: Mapping[str, Any], *, default_id: str) -> Question:
    """Check the fields of one row; raises ValueError with what is wrong with it."""
    _check_encodable(row)
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("it has no question")
    if len(" ".join(text.split())) > MAX_QUESTION:
        raise ValueError(f"its question has {len(text):,} characters; at most {MAX_QUESTION:,} are read")
    answers = _texts(row, "answers") or _texts(row, "answer")
    answerable = _truth(row.get("answerable"))
    if answerable is False and answers:
        raise ValueError("it gives answers although answerable is false")
    return Question(
        id=_text_or_number(row.get("id")) or default_id,
        text=text,
        answers=answers,
        answerable=answerable,
        evidence=_evidence(row),
        tags=_texts(row, "tags"),
        columns=tuple(
            (name, str(value))
            for name, value in row.items()
            if name not in _KNOWN and isinstance(value, str | int | float) and value != ""
        ),
    )


def questions_hash(questions: Sequence[Question]) -> str:
    """SHA-256 of everything in the questions that can change an answer or a score."""
    return hashlib.sha256(json.dumps([question_to_json(q) for q in questions], sort_keys=True).encode()).hexdigest()


def question_to_json(question: Question) -> dict[str, Any]:
    """The question as one line of a JSON lines file, which `parse_question` reads back."""
    evidence = [
        {name: value for name, value in asdict(item).items() if value is not None} for item in question.evidence
    ]
    return {
        "id": question.id,
        "question": question.text,
        "answers": list(question.answers),
        "answerable": question.answerable,
        "evidence": evidence,
        "tags": list(question.tags),
        **dict(question.columns),
    }


def _json_rows(data: bytes) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            yield number, "it is not UTF-8 text"
        except (ValueError, RecursionError) as error:
            yield number, f"it is not JSON ({str(error).split(':')[0].lower()})"
        else:
            yield number, row if isinstance(row, dict) else 'it is not a JSON object, like {"question": "…"}'


def _csv_rows(data: bytes, delimiter: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    # Surrogates mark bytes that aren't UTF-8; `_check_encodable` then reports the one row that holds them.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first_line, f"it is not CSV ({error})"
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [cell.strip().lower() for cell in cells]
            if "question" not in header:
                yield first_line, f"the header has no column 'question', only {', '.join(header)}"
                return
        elif len(cells) > len(header):
            yield first_line, f"it has {len(cells)} cells, but the header {len(header)}; put text with commas in quotes"
        else:
            yield first_line, _csv_row(dict(zip(header, cells, strict=False)))


def _csv_row(cells: Mapping[str, str]) -> dict[str, Any] | str:
    row: dict[str, Any] = dict(cells)
    try:
        for name in ("answers", "tags", "evidence"):
            cell = cells.get(name, "").strip()
            if cell.startswith(("[", "{")) and name in ("answers", "tags", "evidence"):
                row[name] = json.loads(cell)
            elif name != "evidence":
                row[name] = [part.strip() for part in cell.split("|") if part.strip()]
    except ValueError:
        return f"the cell {name!r} begins like JSON but is not"
    if cells.get("evidence_article", "").strip():
        row["evidence"] = [{"article": cells["evidence_article"].strip(), "quote": cells.get("evidence_quote") or None}]
    return row


def _check_encodable(row: Mapping[str, Any]) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("it holds characters that are not UTF-8 text") from None


def _text_or_number(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("its id is no text")
    return str(value).strip()


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if any(isinstance(item, bool) or not isinstance(item, str | int | float) for item in values):
        raise ValueError(f"its {name} are not a list of texts")
    return tuple(dict.fromkeys(str(item).strip() for item in values if str(item).strip()))


def _truth(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise ValueError(f"its answerable is {str(value)!r}; write true, false or nothing")
    return None


def _evidence(row: Mapping[str, Any]) -> tuple[GoldEvidence, ...]:
    value = row.get("evidence")
    if value is None or value == "":
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_one_evidence(item) for item in items))


def _one_evidence(item: Any) -> GoldEvidence:
    if not isinstance(item, dict):
        raise ValueError('its evidence is not a list of objects, like [{"article": "…", "quote": "…"}]')
    article, quote, start, end = (item.get(name) for name in ("article", "quote", "start", "end"))
    if not isinstance(article, str | int) or isinstance(article, bool) or not str(article).strip():
        raise ValueError("a piece of its evidence names no article")
    if quote is not None and not isinstance(quote, str):
        raise ValueError("a quote of its evidence is no text")
    if start is None and end is None:
        return GoldEvidence(str(article).strip(), (quote or "").strip() or None)
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError(f"start and end of its evidence are {start!r} and {end!r}; they are characters, half open")
    return GoldEvidence(str(article).strip(), (quote or "").strip() or None, start, end)
