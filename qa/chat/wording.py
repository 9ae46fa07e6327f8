"""What the chat says about dates, places, confidence and effort, in plain words; text, never markup."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath

from corpus.article import DateOrigin
from qa.answer import Answer
from qa.chat.markup import host_of, one_line, safe_url
from qa.chat.turn import Searched
from qa.formatting import counted, percent

_MONTHS = ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
_ORIGINS = {
    DateOrigin.METADATA: "the page's metadata",
    DateOrigin.URL: "its web address",
    DateOrigin.FRONT_MATTER: "the file's front matter",
    DateOrigin.COLUMN: "its table",
    DateOrigin.GIVEN: "whoever added it",
}
_SURE = ((0.9, "very likely right"), (0.75, "likely right"), (0.5, "more likely right than wrong"))


def day(value: date) -> str:
    """A date as people write it, the same in every locale: 3 May 2024."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def dated(published: date | None, origin: DateOrigin | None) -> str:
    """A publication date with where it came from, or that it isn't known."""
    if published is None:
        return "date unknown"
    return f"{day(published)} (date from {_ORIGINS[origin]})" if origin else day(published)


def place(source: str | None, url: str | None, path: str | None) -> str:
    """Who published it: the source, else the site, else the file."""
    if source and one_line(source):
        return one_line(source)
    if address := safe_url(url):
        return host_of(address)
    return one_line(PurePath(path).name) if path else "source unknown"


def title_of(title: str) -> str:
    """The title, or that there is none."""
    return one_line(title) or "Untitled article"


def certainty(answer: Answer) -> str:
    """The confidence in words and percent; of a refusal, the chance that it is wrong."""
    if answer.abstained:
        return f"chance that they do: {percent(answer.answerable)}"
    share = percent(answer.confidence)
    words = next((words for least, words in _SURE if answer.confidence >= least), "rather a guess")
    return f"{words} ({share})"


def covered(dates: tuple[date, date] | None) -> str:
    """The days that the articles cover."""
    if dates is None:
        return "dates unknown"
    first, last = dates
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def searched_line(searched: Searched, seconds: float | None = None) -> str:
    """What was searched and how long it took, for the small print."""
    parts = [
        f"Searched {counted(searched.articles, 'chosen article' if searched.narrowed else 'article')}",
        counted(searched.passages, "passage"),
        covered(searched.dates),
    ]
    return " · ".join(parts if seconds is None else [*parts, f"{seconds:.1f} s"])


def shortened(text: str, most: int = 300) -> str:
    """One line of at most `most` characters, cut between words where there are any, with an ellipsis if cut."""
    line = one_line(text)
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut[most // 2 :] else cut}…"
