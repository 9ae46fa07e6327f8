"""The reading sets as paragraphs and questions in one form; see the data folder's README for licences.

Only sets whose licence allows shipping weights are read here. `xquad_en` is read by evaluate.py alone. The invented
news are the project's own (training/invented_news/README.md).
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from training.plain import detokenise

LONGEST_ANSWER = 20  # words; longer ones are explanations, not short answers
QAMR_WORDS = 5  # shorter questions of that set ("What is serious?") fit any passage
DEV_ARTICLES = 6  # whole articles of new_wiki held out
DEV_POSTS = 50  # paragraphs each of reddit and amazon held out
NEWS_PARTS = 5  # of every so many invented articles the first is held out
NEWS = Path(__file__).parent / "invented_news"
TOLD = NEWS / "stories"  # each story by several papers, other ones than training/stories.py's


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and where it stands. `number` counts within its document."""

    key: int
    source: str
    document: str
    number: int
    title: str  # "" where the set has none that says anything
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answers that annotators marked in its paragraph."""

    source: str
    paragraph: int  # Paragraph.key
    text: str
    answers: tuple[tuple[int, int, float], ...]  # start, end (characters, half open) and weight; weights sum to 1


@dataclass(frozen=True, slots=True)
class Reading:
    """Paragraphs by key, and the questions on them."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[Asked, ...]
    unanswered: tuple[Asked, ...] = ()  # questions, without answers, that their paragraph doesn't answer

    def only(self, keys: set[int]) -> Reading:
        """The questions on these paragraphs; the paragraphs' keys stay what they are."""
        answered, unanswered = (
            tuple(q for q in some if q.paragraph in keys) for some in (self.questions, self.unanswered)
        )
        return Reading(self.paragraphs, answered, unanswered)


def weigh(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int, float], ...]:
    """Distinct spans, weighted by the square of their votes, so that the majority leads and no one is lost."""
    votes = Counter(spans)
    total = sum(count**2 for count in votes.values())
    return tuple((start, end, count**2 / total) for (start, end), count in votes.items())


class Collector:
    """Gives paragraphs their keys while the sets are read one after another."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self.questions: list[Asked] = []
        self.unanswered: list[Asked] = []

    def paragraph(self, source: str, document: str, number: int, title: str, text: str) -> int:
        key = len(self.paragraphs)
        self.paragraphs.append(Paragraph(key, source, document, number, title, text))
        return key

    def question(self, key: int, text: str, spans: Sequence[tuple[int, int]]) -> None:
        context = self.paragraphs[key]
        good = [s for s in (_trim(context.text, *span) for span in spans) if s[0] < s[1]]
        good = [(a, b) for a, b in good if len(context.text[a:b].split()) <= LONGEST_ANSWER]
        if good and text.strip():
            self.questions.append(Asked(context.source, key, " ".join(text.split()), weigh(good)))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1] in " \t\n.,;:!?":
        end -= 1
    return start, end


def load_squad(path: Path) -> list[dict[str, Any]]:
    """The `data` list of a SQuAD-format file compressed with xz."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        data: list[dict[str, Any]] = json.load(file)["data"]
    return data


def _add_squadshifts(into: Collector, folder: Path, name: str) -> None:
    for article in load_squad(folder / f"squadshifts_{name}_v1.0.json.xz"):
        title = unquote(article["title"]).replace("_", " ") if name == "new_wiki" else ""
        for number, paragraph in enumerate(article["paragraphs"]):
            document = article["title"] if name == "new_wiki" else f"{article['title']}/{number}"
            key = into.paragraph(name, document, number, title, paragraph["context"])
            for asked in paragraph["qas"]:
                spans = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in asked["answers"]]
                into.question(key, asked["question"], spans)


def _add_covidqa(into: Collector, folder: Path) -> None:
    """Articles of thousands of words, cut into paragraphs of about 110 words at line or sentence ends."""
    for index, article in enumerate(load_squad(folder / "covidqa_200423.json.xz")):
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            title = text.split("\n", 1)[0].strip()
            pieces = _pieces(text, 110)
            keys = [into.paragraph("covidqa", str(index), n, title, text[a:b]) for n, (a, b) in enumerate(pieces)]
            for asked in paragraph["qas"]:
                for (start, end), key in zip(pieces, keys, strict=True):
                    found = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in asked["answers"]]
                    inside = [(a - start, b - start) for a, b in found if start <= a and b <= end]
                    into.question(key, asked["question"], inside)


def _pieces(text: str, words: int) -> list[tuple[int, int]]:
    ends = [m.end() for m in re.finditer(r"[.!?]\s+|\n+|\Z", text)]
    pieces, start, last = [], 0, 0
    for end in ends:
        if len(text[start:end].split()) > words and last > start:
            pieces.append((start, last))
            start = last
        last = end
    return [*pieces, (start, last)] if last > start else pieces


def _add_qed(into: Collector, folder: Path) -> None:
    with lzma.open(folder / "qed_dev.jsonlines.xz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    for row in rows:
        text, where = detokenise(row["paragraph_text"])
        key = into.paragraph("qed", row["title_text"], 0, row["title_text"], text)
        spans = [(where[a["start"]], where[a["end"]]) for one in row["original_nq_answers"] for a in one[:1]]
        into.question(key, row["question_text"], spans)


def _add_qamr(into: Collector, folder: Path) -> None:
    """Sentences rejoined into what is known of their paragraph; questions on which all validators overlap."""
    sentences: dict[str, str] = {}
    with lzma.open(folder / "qamr_wiki_sentences.tsv.xz", "rt", encoding="utf-8") as file:
        for line in file:
            name, sentence = line.rstrip("\n").split("\t")
            sentences[name] = sentence
    keys: dict[str, int] = {}
    numbers: Counter[str] = Counter()
    for name in sorted(sentences, key=lambda n: [int(x) if x.isdigit() else 0 for x in n.split(":")[2:]]):
        document = ":".join(name.split(":")[1:3])
        keys[name] = into.paragraph("qamr", document, numbers[document], "", detokenise(sentences[name])[0])
        numbers[document] += 1
    asked: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for part in ("dev", "test"):
        with lzma.open(folder / f"qamr_filtered_{part}.tsv.xz", "rt", encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                marked = [_run(fields[6]), *(_run(field.partition(":")[2]) for field in fields[7:])]
                runs = [run for run in marked if run is not None]
                clear = len(fields[5].split()) >= QAMR_WORDS
                if clear and len(runs) == len(marked) and max(r[0] for r in runs) < min(r[1] for r in runs):
                    asked[fields[0], fields[5]] += runs
    for (name, text), runs in asked.items():
        starts, where = _token_places(sentences[name])
        spans = [(where[starts[a][0]], where[starts[b - 1][1]]) for a, b in runs]
        into.question(keys[name], text, spans)


def _run(field: str) -> tuple[int, int] | None:
    """Token indices as first and one past the last, or None where they are absent or have gaps."""
    if not re.fullmatch(r"\d+( \d+)*", field.strip()):
        return None
    indices = [int(i) for i in field.split()]
    return (indices[0], indices[-1] + 1) if indices[-1] - indices[0] == len(indices) - 1 else None


def _token_places(sentence: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Each token's characters in the raw sentence, and where each raw character goes."""
    return [m.span() for m in re.finditer(r"\S+", sentence)], detokenise(sentence)[1]


def add_news(into: Collector, folder: Path) -> None:
    """Each file's articles, whole, with what they answer and what they don't."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            article = json.loads(line)
            key = into.paragraph("news", f"{path.stem}/{number}", 0, article["title"], article["text"])
            for asked in article["questions"]:
                if asked["answers"]:
                    into.question(key, asked["question"], [(start, end) for start, end in asked["answers"]])
                else:
                    into.unanswered.append(Asked("news", key, asked["question"], ()))


def add_stories(into: Collector, folder: Path) -> None:
    """Stories told by several papers: a document of a story's articles, each question asked of those that answer it.

    The others of its document are what it is then mistaken for; what none answers is asked of each.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            story = json.loads(line)
            keys = {
                # Every other number, since these are not one text's paragraphs that may be joined.
                str(n): into.paragraph("news", f"stories-{path.stem}/{number}", 2 * n, told["title"], told["text"])
                for n, told in enumerate(story["articles"], 1)
            }
            for asked in story["questions"]:
                for n, answers in asked["answers"].items():
                    into.question(keys[n], asked["question"], [(start, end) for start, end in answers])
                if not asked["answers"]:
                    into.unanswered += [Asked("news", key, asked["question"], ()) for key in keys.values()]


def load(folder: Path) -> Reading:
    """Every set that may be trained on."""
    into = Collector()
    for name in ("new_wiki", "reddit", "amazon_reviews"):
        _add_squadshifts(into, folder, name)
    _add_covidqa(into, folder)
    _add_qed(into, folder)
    _add_qamr(into, folder)
    add_news(into, NEWS)
    add_stories(into, TOLD)
    return Reading(tuple(into.paragraphs), tuple(into.questions), tuple(into.unanswered))
