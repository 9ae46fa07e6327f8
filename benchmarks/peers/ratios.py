"""What the runs of Onrecord and its peers come to: the best of each peer's figures, and Onrecord's against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

OURS = "onrecord"


@dataclass(frozen=True, slots=True)
class Figures:
    """One system in one setup; medians over the rounds."""

    system: str
    setup: str
    articles: int
    chunks: float
    tokens: float  # word pieces that the encoder has read
    share: float  # of the text's characters that it has read, 0 to 1
    index_seconds: float
    first_seconds: float  # a fresh process until it has printed its first answer
    warm_milliseconds: float  # from a question to ten passages, median

    @property
    def tokens_per_second(self) -> float:
        """From articles to an index on disk."""
        return self.tokens / self.index_seconds

    @property
    def articles_per_second(self) -> float:
        """From articles to an index on disk."""
        return self.articles / self.index_seconds


def figures_of(system: str, setup: str, articles: int, rounds: Sequence[Mapping[str, float]]) -> Figures:
    """Medians over rounds, each with chunks, tokens, share, index, first and warm (seconds)."""

    def middle(name: str) -> float:
        return median(one[name] for one in rounds)

    return Figures(
        system,
        setup,
        articles,
        chunks=middle("chunks"),
        tokens=middle("tokens"),
        share=middle("share"),
        index_seconds=middle("index"),
        first_seconds=middle("first"),
        warm_milliseconds=1e3 * middle("warm"),
    )


@dataclass(frozen=True, slots=True)
class Ratio:
    """Onrecord against the best peer."""

    what: str
    ours: float
    theirs: float
    peer: str
    at_least: float | None  # what was asked for; a bound from above where less is better
    less_is_better: bool = False

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        """Whether what was asked for is reached."""
        if self.at_least is None:
            return True
        return self.ratio <= self.at_least if self.less_is_better else self.ratio >= self.at_least


def ratios(figures: Sequence[Figures]) -> list[Ratio]:
    """The ratios that were asked for."""
    ours = {one.setup: one for one in figures if one.system == OURS}
    peers = [one for one in figures if one.system != OURS]
    own = ours["documented"]
    indexing = {"": own, **({", in int8": ours["int8"]} if "int8" in ours else {})}
    fastest = max(peers, key=lambda one: one.tokens_per_second)
    same_length = [one for one in peers if (one.system, one.setup) == ("haystack", "tuned")]
    widest = max((one for one in peers if one.setup == "documented"), key=lambda one: one.share)
    soonest = min(peers, key=lambda one: one.first_seconds)
    quickest = min(peers, key=lambda one: one.warm_milliseconds)
    tokens = [
        Ratio(f"tokens embedded a second{how}", one.tokens_per_second, fastest.tokens_per_second, _name(fastest), 5.0)
        for how, one in indexing.items()
    ]
    articles = [
        Ratio(
            f"articles indexed a second{how}",
            one.articles_per_second,
            peer.articles_per_second,
            f"{_name(peer)}, passages of the same length",
            5.0,
        )
        for peer in same_length
        for how, one in indexing.items()
    ]
    return [
        *tokens,
        *articles,
        Ratio("share of the text that is embedded", own.share, widest.share, _name(widest), None),
        Ratio(
            "question to ten fused passages, warm, p50 ms",
            own.warm_milliseconds,
            quickest.warm_milliseconds,
            _name(quickest),
            0.7,
            less_is_better=True,
        ),
        Ratio(
            "fresh process to ten passages, s",
            own.first_seconds,
            soonest.first_seconds,
            _name(soonest),
            0.3,
            less_is_better=True,
        ),
    ]


def _name(one: Figures) -> str:
    return f"{one.system}, {one.setup}"
