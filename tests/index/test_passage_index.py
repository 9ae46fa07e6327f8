from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from corpus.article import Article, Skipped
from corpus.errors import NoIndexError, UsageError
from index.encoder import HashEncoder, MiniLMEncoder, text_budget
from index.generation import generations
from index.passage_index import (
    AddInterrupted,
    ChangeReport,
    Narrowing,
    PassageIndex,
    RetrievalMode,
    add,
    create,
    rebuild,
    remove,
)
from index.vectors import Vectors
from tests.index.samples import article, articles, with_text

ENCODER = HashEncoder(64)


class Counting(HashEncoder):
    """Remembers what it was given."""

    def __init__(self, dim: int = 64) -> None:
        super().__init__(dim)
        self.given: list[tuple[str, str]] = []

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        self.given += texts
        return super().encode_passages(texts)


def rankings(folder: Path, k: int = 20) -> list[list[tuple[str, float, int, tuple[str, ...]]]]:
    questions = ["Which harbour burned?", "the observatory of Quito", "witness 3-1", "ferry"]
    with PassageIndex.open(folder, ENCODER) as index:
        return [[(h.passage.id, h.score, h.rank, h.via) for h in hits] for hits in index.search(questions, k)]


def report(value: ChangeReport) -> tuple[int, int, int, int]:
    return value.added, value.replaced, value.unchanged, value.removed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 30 articles that no test changes."""
    made = tmp_path_factory.mktemp("index") / "data"
    add(made, articles(30), ENCODER)
    return made


def test_every_hit_is_a_slice_of_its_article_with_rank_score_and_origin(folder: Path) -> None:
    with PassageIndex.open(folder, ENCODER) as index:
        for mode in RetrievalMode:
            (hits,) = index.search(["Which observatory won a prize?"], 7, mode=mode)
            assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5, 6, 7]
            assert sorted((hit.score for hit in hits), reverse=True) == [hit.score for hit in hits]
            for hit in hits:
                stored = index.article(hit.passage.article_id)
                assert stored.text[hit.passage.start : hit.passage.end] == hit.passage.text
                assert hit.passage.title == stored.title
                assert set(hit.via) <= {"bm25", "dense"} and hit.via
                if mode is not RetrievalMode.FUSED:
                    assert hit.via == (mode.value,)


def test_a_batch_answers_as_one_by_one(folder: Path) -> None:
    questions = ["harbour", "", "  ", "the bakery of Tunis", "\ud800 ferry"]
    with PassageIndex.open(folder, ENCODER) as index:
        together = index.search(questions, 5)
        assert together == [index.search([question], 5)[0] for question in questions]
    assert [len(hits) for hits in together] == [5, 0, 0, 5, 5]


def test_an_article_comes_back_as_it_was_given(tmp_path: Path) -> None:
    given = replace(
        article(1), fetched=datetime(2024, 5, 1, 12, 0, tzinfo=UTC), text="Curly ‘quotes’ 🎉\n\n日本 é\r\n done."
    )
    add(
        tmp_path,
        [given, replace(article(2), source=None, url=None, path=None, published=None, published_from=None)],
        ENCODER,
    )
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert index.article(given.id) == given
        assert index.article(article(2).id).published is None
        assert index.date_range == (date(2024, 1, 2), date(2024, 1, 2))
        assert [(s.id, s.characters, s.passages) for s in index.articles()][0] == (given.id, len(given.text), 1)


def test_the_same_articles_again_write_nothing(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    later = [replace(one, fetched=datetime(2025, 1, 1, tzinfo=UTC)) for one in articles(30)]
    again = add(folder, later, ENCODER)
    assert report(again) == (0, 0, 30, 0)
    with PassageIndex.open(folder, ENCODER) as index:
        assert (again.generation, again.parts, again.embedded, again.passages) == (1, 0, 0, index.n_passages)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_only_what_is_new_is_encoded(tmp_path: Path) -> None:
    counting = Counting()
    long = article(0, sentences=60)
    first = add(tmp_path, [long, article(1)], counting)
    assert first.embedded == first.passages == len(counting.given) > 5
    counting.given.clear()
    # A sentence at the end changes the last passage; one in the middle moves all behind it.
    grown = with_text(long, long.text + " A last word was added.")
    second = add(tmp_path, [grown, article(1)], counting)
    assert report(second) == (0, 1, 1, 0)
    assert 1 <= second.embedded == len(counting.given) <= 2
    counting.given.clear()
    moved = with_text(grown, "A first word.\n\n" + grown.text)
    third = add(tmp_path, [moved], counting)
    assert third.embedded == len(counting.given) < first.embedded
    fresh = tmp_path / "fresh"
    add(fresh, [moved, article(1)], ENCODER)
    assert rankings(tmp_path) == rankings(fresh)


def test_a_renamed_file_with_the_same_text_is_not_encoded_again(tmp_path: Path) -> None:
    add(tmp_path, [article(1)], ENCODER)
    assert add(tmp_path, [replace(article(1), id="elsewhere", path="/moved.txt")], ENCODER).embedded == 0


@pytest.mark.parametrize("seed", range(4))
def test_whatever_its_history_an_index_ranks_the_same(tmp_path: Path, seed: int) -> None:
    import random

    chance = random.Random(seed)
    versions = {n: [article(n), with_text(article(n), article(n + 100).text)] for n in range(12)}
    current: dict[int, Article] = {}
    for _ in range(6):
        chosen = chance.sample(sorted(versions), 5)
        for n in chosen:
            current[n] = chance.choice(versions[n])
        add(tmp_path / "lived", [current[n] for n in chosen], ENCODER)
        gone = chance.choice(sorted(current))
        remove(tmp_path / "lived", [current.pop(gone).id], ENCODER)
    add(tmp_path / "fresh", [current[n] for n in sorted(current)], ENCODER)
    assert rankings(tmp_path / "lived") == rankings(tmp_path / "fresh")


def test_a_removed_article_is_gone_at_once(tmp_path: Path) -> None:
    add(tmp_path, articles(5), ENCODER)
    removed = remove(tmp_path, [article(2).id], ENCODER)
    assert report(removed) == (0, 0, 0, 1)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        for mode in RetrievalMode:
            found = {hit.passage.article_id for hit in index.search([article(2).text], 100, mode=mode)[0]}
            assert found and article(2).id not in found
        with pytest.raises(UsageError, match="no article 'article-0002'"):
            index.article(article(2).id)
    path = generations(tmp_path)[0][1]
    assert not any(b"witness 2-3" in file.read_bytes() for file in path.rglob("*") if file.is_file())


def test_removing_something_unknown_changes_nothing(tmp_path: Path) -> None:
    add(tmp_path, articles(2), ENCODER)
    with pytest.raises(UsageError, match="'nobody'"):
        remove(tmp_path, [article(1).id, "nobody"], ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert (index.n_articles, index.generation) == (2, 1)


def test_the_last_article_can_be_removed(tmp_path: Path) -> None:
    add(tmp_path, articles(1), ENCODER)
    remove(tmp_path, [article(0).id], ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert (index.n_articles, index.n_passages, index.date_range) == (0, 0, None)
        assert index.search(["harbour"], 3) == [[]]
    assert add(tmp_path, articles(1), ENCODER).added == 1


def test_records_that_a_file_no_longer_holds_are_removed(tmp_path: Path) -> None:
    add(tmp_path, [*articles(4, path="/many.jsonl"), article(9)], ENCODER)
    again = add(tmp_path, [article(n, path="/many.jsonl") for n in (0, 3)], ENCODER)
    assert report(again) == (0, 0, 2, 2)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert [summary.id for summary in index.articles()] == ["article-0000", "article-0003", "article-0009"]


def test_inputs_that_gave_no_article_are_accounted_for(tmp_path: Path) -> None:
    given: list[Article | Skipped] = [
        article(0),
        Skipped("broken.pdf", "encrypted"),
        with_text(article(1), " \n "),
        with_text(article(2), "a \ud800 surrogate"),
        article(3),
        article(3),
        with_text(article(3), "Another text under the same id."),
    ]
    done = add(tmp_path, given, ENCODER)
    assert report(done) == (2, 0, 0, 0)
    assert [(skipped.path, skipped.reason) for skipped in done.skipped] == [
        ("broken.pdf", "encrypted"),
        ("/articles/1.txt", "it has no text"),
        ("/articles/2.txt", "its text is not valid Unicode"),
        ("/articles/3.txt", "a second record with the id 'article-0003'; the first one is kept"),
    ]


@pytest.mark.parametrize("mode", list(RetrievalMode))
@pytest.mark.parametrize(
    ("narrowing", "allowed"),
    [
        (Narrowing(article_ids=frozenset({"article-0004", "article-0017", "unknown"})), {4, 17}),
        (Narrowing(sources=frozenset({"source-1.example"})), set(range(1, 30, 3))),
        (Narrowing(published_from=date(2024, 1, 25)), set(range(24, 30))),
        (Narrowing(published_to=date(2024, 1, 3)), {0, 1, 2}),
        (Narrowing(sources=frozenset({"source-0.example"}), published_from=date(2024, 1, 28)), {27}),
        (Narrowing(article_ids=frozenset()), set()),
        (Narrowing(), set(range(30))),
    ],
)
def test_narrowing_is_respected_inside_the_search(
    folder: Path, mode: RetrievalMode, narrowing: Narrowing, allowed: set[int]
) -> None:
    with PassageIndex.open(folder, ENCODER) as index:
        (hits,) = index.search(["what did the witness said of the harbour"], 10, mode=mode, narrowing=narrowing)
        available = sum(s.passages for s in index.articles() if int(s.id[-4:]) in allowed)
        assert {int(hit.passage.article_id[-4:]) for hit in hits} <= allowed
        assert len(hits) == min(10, available)


def test_all_of_the_text_is_embedded_and_counted(tmp_path: Path) -> None:
    counting = Counting()
    monster = "word" * 700
    odd = with_text(article(1), f"One. {monster} " + "no full stop " * 900 + "\n\n\n日本語。" * 50)
    long_title = replace(article(2, sentences=40), title="A very long title " * 30)
    add(tmp_path, [article(0, sentences=200), odd, long_title], counting)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        counts = index.manifest.counts
        assert counts.tokens == counts.tokens_embedded > 3000
        assert counts.share_embedded == 1.0
        for summary in index.articles():
            text = index.article(summary.id).text
            number = index.article_store.entry(summary.id)
            assert number is not None
            covered = [False] * len(text)
            for row in index.passage_store.of_article(number.number):
                covered[row.start : row.end] = [True] * (row.end - row.start)
            assert all(covered[n] or char.isspace() for n, char in enumerate(text))
    assert max(counting.count_tokens([text for _, text in counting.given])) <= text_budget(counting)


def test_another_passage_length_cuts_everything_again(tmp_path: Path) -> None:
    add(tmp_path / "a", articles(6), ENCODER)
    changed = add(tmp_path / "a", [article(7)], ENCODER, max_tokens=40)
    assert report(changed) == (1, 0, 0, 0)
    add(tmp_path / "b", [*articles(6), article(7)], ENCODER, max_tokens=40)
    assert rankings(tmp_path / "a") == rankings(tmp_path / "b")
    with PassageIndex.open(tmp_path / "a", ENCODER) as index:
        assert index.manifest.chunking.max_tokens == 40
    # It stays that way when nothing is asked for.
    assert add(tmp_path / "a", [article(7)], ENCODER).parts == 0
    with pytest.raises(UsageError, match="1 to 221 tokens"):
        add(tmp_path / "a", [], ENCODER, max_tokens=222)


def test_rebuilding_for_another_encoder_keeps_the_articles(tmp_path: Path) -> None:
    add(tmp_path / "data", articles(6), HashEncoder(32))
    changed = with_text(article(2), article(50).text)
    done = rebuild(tmp_path / "data", [changed, article(6), article(3)], ENCODER)
    assert report(done) == (1, 1, 1, 0)
    assert done.parts == 1
    add(tmp_path / "fresh", [*articles(2), changed, *articles(7)[3:]], ENCODER)
    assert rankings(tmp_path / "data") == rankings(tmp_path / "fresh")


def test_an_index_without_articles_can_be_opened_and_added_to(tmp_path: Path) -> None:
    create(tmp_path, HashEncoder())
    with PassageIndex.open(tmp_path, HashEncoder()) as index:
        assert (index.n_articles, index.n_passages, index.date_range) == (0, 0, None)
        assert index.search(["anything"]) == [[]]
    assert add(tmp_path, [article(1)], HashEncoder()).added == 1
    create(tmp_path, HashEncoder())  # leaves the index that is there alone
    assert [number for number, _ in generations(tmp_path)] == [2, 1]


def test_without_an_index_there_is_a_clear_error(tmp_path: Path) -> None:
    for attempt in (
        lambda: PassageIndex.open(tmp_path / "none", ENCODER),
        lambda: remove(tmp_path / "none", ["x"], ENCODER),
    ):
        with pytest.raises(NoIndexError, match="onrecord add PATH"):
            attempt()
    assert not (tmp_path / "none").exists()
    assert add(tmp_path / "none", [], ENCODER).generation == 0
    assert rebuild(tmp_path / "none", articles(1), ENCODER).added == 1


def test_a_large_add_commits_in_parts_and_an_interruption_keeps_them(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Article]:
        yield from articles(25)
        raise KeyboardInterrupt

    with pytest.raises(AddInterrupted) as caught:
        add(tmp_path, interrupted(), ENCODER, part_articles=10)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert (caught.value.report.added, caught.value.report.parts, caught.value.report.generation) == (20, 2, 2)
    assert not list(tmp_path.glob("tmp-*"))
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert index.n_articles == 20
    counting = Counting()
    resumed = add(tmp_path, articles(25), counting, part_articles=10)
    assert report(resumed) == (5, 0, 20, 0)
    assert {title for title, _ in counting.given} == {article(n).title for n in range(20, 25)}
    add(tmp_path / "fresh", articles(25), ENCODER)
    assert rankings(tmp_path) == rankings(tmp_path / "fresh")


def test_parts_are_also_committed_by_time(tmp_path: Path) -> None:
    import time

    def slow() -> Iterator[Article]:
        yield article(0)
        for number in (1, 2, 3):
            time.sleep(0.05)
            yield article(number)

    assert add(tmp_path, slow(), ENCODER, part_seconds=0.0).parts >= 1
    assert add(tmp_path / "one", slow(), ENCODER).parts == 1


def test_an_error_in_the_source_keeps_the_old_index(tmp_path: Path) -> None:
    def failing() -> Iterator[Article]:
        yield article(5)
        raise RuntimeError("the source broke")

    add(tmp_path, articles(2), ENCODER)
    with pytest.raises(RuntimeError):
        add(tmp_path, failing(), ENCODER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LOCK", "gen-00000001"]


def test_progress_is_told_stage_by_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    add(tmp_path, articles(3), ENCODER, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert [step for step in told if step[0] == "read"] == [("read", 1, 3), ("read", 2, 3), ("read", 3, 3)]
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["read", "split", "embed", "write"]
    embedded = [done for stage, done, _ in told if stage == "embed"]
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert embedded[-1] == index.n_passages


def test_find_article_by_id_file_name_and_beginning(tmp_path: Path) -> None:
    many = [article(n, path="/some/many.jsonl") for n in (10, 11)]
    add(tmp_path, [article(1), *many], ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        for name in ("article-0001", "1.txt", "/articles/1.txt", "article-000"):
            assert index.find_article(name).id == "article-0001"
        for name, message in (
            ("many.jsonl", "any of 2 articles"),
            ("article-001", "any of 2"),
            ("x", "no article"),
            ("", "no"),
        ):
            with pytest.raises(UsageError, match=message):
                index.find_article(name)


def test_searches_from_many_threads_agree(folder: Path) -> None:
    questions = ["harbour", "Which bakery won a prize?", "ferry of Bergen", "archive"] * 10
    narrowing = Narrowing(sources=frozenset({"source-1.example"}))
    with PassageIndex.open(folder, ENCODER) as index, ThreadPoolExecutor(8) as pool:
        expected = [index.search([question], 5, narrowing=narrowing)[0] for question in questions]
        found = list(pool.map(lambda question: index.search([question], 5, narrowing=narrowing)[0], questions))
    assert found == expected


def test_a_snapshot_stays_readable_while_newer_generations_come(tmp_path: Path) -> None:
    add(tmp_path, articles(3), ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        before = index.search(["harbour"], 9)
        for number in range(3, 7):
            add(tmp_path, [article(number)], ENCODER)
        assert not index.path.exists()
        assert index.search(["harbour"], 9) == before
        assert index.article(article(1).id) == article(1)


@pytest.mark.slow
def test_with_minilm_the_passage_that_answers_comes_first(tmp_path: Path) -> None:
    encoder = MiniLMEncoder(threads=1)
    texts = {
        "whales": "Biologists counted nine hundred blue whales off Iceland this summer, twice as many as a decade ago.",
        "bridge": "The old bridge over the Tagus was shut on Monday after inspectors found cracks in two pillars.",
        "chess": "A twelve-year-old from Chennai became the youngest grandmaster, beating a veteran in 41 moves.",
    }
    given = [Article(name, name.title(), text) for name, text in texts.items()]
    assert add(tmp_path, given, encoder).embedded == 3
    asked = [
        "How big is the population of marine mammals?",
        "Why can cars not cross the river?",
        "Who is the child prodigy?",
    ]
    with PassageIndex.open(tmp_path, encoder) as index:
        found = index.search(asked, 1, mode=RetrievalMode.DENSE)
        assert [hits[0].passage.article_id for hits in found] == ["whales", "bridge", "chess"]
        assert index.manifest.counts.share_embedded == 1.0
