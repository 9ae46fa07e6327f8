"""`--source`, `--from`, `--to` and `--article`: asking only some of the articles, on every command that searches."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import UsageError

if TYPE_CHECKING:
    from index.narrowing import Reach
    from index.passage_index import Narrowing, PassageIndex

_SUGGESTED = 3
_DAY = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person typed; empty or None where nothing was."""

    sources: tuple[str, ...] = ()
    first: date | None = None  # this day or later
    last: date | None = None  # this day or earlier
    articles: tuple[str, ...] = ()  # ids, file names (all articles of the file), or beginnings of ids


def narrowing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the four options, as one argument `asked`."""

    def call(
        *given: Any,
        source: tuple[str, ...],
        published_from: datetime | None,
        published_to: datetime | None,
        article: tuple[str, ...],
        **named: Any,
    ) -> Any:
        first = published_from.date() if published_from else None
        last = published_to.date() if published_to else None
        return command(*given, asked=Asked(source, first, last, article), **named)

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    # Options that the command has already are kept; click collects them in this attribute, last one first.
    call.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--article", multiple=True, metavar="NAME", help="Ask only this article: its id or file name."),
        click.option("--to", "published_to", type=_DAY, metavar="DAY", help="Nothing published after this day."),
        click.option(
            "--from", "published_from", type=_DAY, metavar="DAY", help="Nothing published before this day, 2023-01-31."
        ),
        click.option("--source", multiple=True, metavar="NAME", help="Ask only this source; may be given again."),
    ):
        call = option(call)
    return call


def read_narrowing(index: PassageIndex, asked: Asked) -> Narrowing | None:
    """The narrowing as the index takes it; None if nothing was asked for.

    Raises UsageError for a source or an article that isn't there, naming near ones, and where nothing fits all of it.
    """
    from index.narrowing import reach
    from index.passage_index import Narrowing

    if asked == Asked():
        return None
    if asked.first and asked.last and asked.first > asked.last:
        raise UsageError(f"--from {asked.first} is later than --to {asked.last}. Exchange the two.")
    narrowing = Narrowing(
        frozenset(id_ for name in asked.articles for id_ in _articles(index, name)) if asked.articles else None,
        _sources(index, asked.sources) if asked.sources else None,
        asked.first,
        asked.last,
    )
    if not reach(index.article_store, narrowing).articles:
        raise UsageError(f"No article fits all of that; {_days(index)}. Leave something out, and ask again.")
    return narrowing


def searched(index: PassageIndex, narrowing: Narrowing | None) -> tuple[Reach, int]:
    """What a question was asked of, and how many articles there are in all."""
    from index.narrowing import reach

    return reach(index.article_store, narrowing), index.n_articles


def searched_line(index: PassageIndex, narrowing: Narrowing) -> str:
    """One line that says what was searched."""
    found, of = searched(index, narrowing)
    noun = "passage" if found.passages == 1 else "passages"
    days = "dates unknown" if found.dates is None else " to ".join(dict.fromkeys(d.isoformat() for d in found.dates))
    return f"Searched {found.articles:,} of {of:,} articles · {found.passages:,} {noun} · {days}"


def searched_json(index: PassageIndex, narrowing: Narrowing | None) -> dict[str, Any]:
    """The same as JSON-ready values; `sources` and `article_ids` are null where they were not narrowed."""
    found, of = searched(index, narrowing)
    first, last = found.dates or (None, None)
    sources = sorted(narrowing.sources) if narrowing and narrowing.sources is not None else None
    ids = sorted(narrowing.article_ids) if narrowing and narrowing.article_ids is not None else None
    return {
        "articles": found.articles,
        "of_articles": of,
        "passages": found.passages,
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
        "sources": sources,
        "article_ids": ids,
    }


def _sources(index: PassageIndex, names: Iterable[str]) -> frozenset[str]:
    """The sources as the articles spell them; upper and lower case don't matter."""
    from index.narrowing import sources

    known = sources(index.article_store)
    found: set[str] = set()
    for name in names:
        same = [source for source in known if source.casefold() == name.casefold()]
        if not same:
            raise UsageError(f"There is no source {name!r}{_near(name, known)}.")
        found.update(same)
    return frozenset(found)


def _articles(index: PassageIndex, name: str) -> list[str]:
    """The ids that a name stands for: an id, all articles of a file, or the one id that begins like this."""
    listed = list(index.articles())
    by_id = [one.id for one in listed if one.id == name]
    by_file = [one.id for one in listed if one.path and name in (one.path, _file(one.path))]
    by_start = [one.id for one in listed if name and one.id.startswith(name)]
    found = by_id or by_file or by_start
    if not found:
        known = {label: one.id for one in listed for label in (one.title, _file(one.path), one.id) if label}
        raise UsageError(f"There is no article {name!r}{_near(name, list(known))}; `onrecord list` shows all.")
    if found is by_start and len(found) > 1:
        raise UsageError(f"{name!r} may be any of {len(found)} articles: {', '.join(found[:5])}; give the whole id.")
    return found


def _file(path: str | None) -> str:
    return PurePath(path).name if path else ""


def _near(name: str, known: Sequence[str]) -> str:
    """Names that a person may have meant, as the end of a sentence: those that hold the words, then similar ones."""
    folded = {one.casefold(): one for one in known}
    holding = sorted((key for key in folded if name.casefold() in key), key=lambda key: (len(key), key))
    similar = difflib.get_close_matches(name.casefold(), list(folded), _SUGGESTED, 0.6)
    near = [folded[key] for key in dict.fromkeys([*holding, *similar])][:_SUGGESTED]
    if near:
        return f"; did you mean {' or '.join(repr(one) for one in near)}?".rstrip("?")
    return f"; there are {', '.join(known[:_SUGGESTED])}{' …' if len(known) > _SUGGESTED else ''}" if known else ""


def _days(index: PassageIndex) -> str:
    dates = index.date_range
    return f"the articles are of {dates[0]} to {dates[1]}" if dates else "no article has a date"
