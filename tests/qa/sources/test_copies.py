"""Copies are read once, shown once and counted once; without copies nothing changes."""

from __future__ import annotations

from dataclasses import replace

from corpus.article import Article, Passage
from index.hits import Hit
from qa.answer import Citation, Sources, text_hash
from qa.sources.copies import count_sources, find_same, fold, same_words, story_of, with_copies

STORY = "The harbour bridge of Lindau closes on Monday for repairs, and the ferry takes over until October."
OTHER = "A brass band from Bregenz played in the old park of Lindau until the evening, and children danced there."


def hit(article: str, text: str = STORY, rank: int = 1, cluster: int | None = None) -> Hit:
    return Hit(Passage(article, 0, len(text), text, article), 1.0 / rank, rank, ("bm25",), cluster)


def article_of(article_id: str, text: str = STORY, source: str | None = None) -> Article:
    return Article(article_id, f"Title of {article_id}", text, source)


def citation(article: Article, number: int = 1) -> Citation:
    where = (article.id, 0, len(article.text), article.text, article.title, article.source)
    return Citation(number, *where, None, None, None, None, text_hash(article.text))


def test_a_passage_that_a_copy_repeats_is_not_read_again_and_another_takes_its_place() -> None:
    hits = [hit("a", rank=1, cluster=7), hit("b", f"{STORY} ", 2, 7), hit("c", OTHER, 3, 7), hit("d", rank=4)]
    folded = fold(hits, 3)
    assert [(one.passage.article_id, one.rank) for one in folded] == [("a", 1), ("c", 2), ("d", 3)]


def test_a_copy_with_another_number_is_read() -> None:
    hits = [hit("a", cluster=7), hit("b", STORY.replace("October", "12 October"), 2, 7)]
    assert len(fold(hits, 5)) == 2


def test_without_clusters_the_hits_are_the_first_ones_as_they_are() -> None:
    hits = [hit(name, rank=rank) for rank, name in enumerate("abcd", 1)]
    assert fold(hits, 3) == hits[:3]


def test_what_copies_have_in_common() -> None:
    one, other, alone = hit("a", cluster=3), hit("b", cluster=3), hit("c")
    assert story_of(one) == story_of(other) != story_of(alone)
    assert same_words(one, 0, 11) == same_words(other, 0, 11) == (3, "harbour")
    assert same_words(alone, 0, 10) is None


def test_the_same_sentence_is_found_word_for_word_or_lightly_edited_but_for_no_number() -> None:
    text = f"{OTHER} {STORY}"
    assert find_same(STORY, text) == (len(OTHER) + 1, len(text))
    edited = STORY.replace("harbour bridge", "bridge")
    place = find_same(STORY, f"{OTHER} {edited}")
    assert place is not None
    assert f"{OTHER} {edited}"[slice(*place)] == edited
    assert find_same("The park has 1,240 trees and a pond.", "The park has 1,420 trees and a pond.") is None
    assert find_same(STORY, OTHER) is None


def test_copies_that_say_the_same_are_folded_below_the_quote_with_their_place() -> None:
    articles = {
        "a": article_of("a", source="Tribune"),
        "b": article_of("b", f"LINDAU. {STORY}", "Star"),
        "c": article_of("c", OTHER, "Courier"),
        "d": article_of("d", STORY, "Post"),
    }
    copies = {"a": ["b", "c", "d"], "d": ["a", "b", "c"]}
    cited = [citation(articles["a"]), citation(articles["d"], 2)]
    first, second = with_copies(cited, articles.__getitem__, lambda name: copies.get(name, ()))
    assert [copy.article_id for copy in first.copies] == ["b"]  # c says something else, d is cited itself
    (copy,) = first.copies
    assert articles["b"].text[copy.start : copy.end] == copy.quote == STORY
    assert [copy.article_id for copy in second.copies] == ["b"]


def test_copies_and_articles_of_one_publication_are_one_source() -> None:
    texts = {name: article_of(name, source=source) for name, source in zip("abcd", "xyxz", strict=True)}
    a, b, c, d = (citation(texts[name], n) for n, name in enumerate("abcd", 1))
    with_copy = with_copies([a], texts.__getitem__, {"a": ["b"]}.__getitem__)[0]
    assert count_sources([]) == Sources(0, 0)
    assert count_sources([a, b, d]) == Sources(3, 3)
    assert count_sources([a, c]) == Sources(2, 1)  # both of publication x
    assert count_sources([with_copy, d]) == Sources(3, 2)  # a with its copy b, and d
    assert count_sources([with_copy, b]) == Sources(2, 1)  # b is counted once
    assert count_sources([a, b], {"a": ["b"], "b": ["a"]}.__getitem__) == Sources(2, 1)  # cited both, near-duplicates
    nameless = [replace(one, source=None) for one in (a, b, d)]
    assert count_sources(nameless) == Sources(3, 3)


def test_a_later_article_can_join_two_sources() -> None:
    a, b = (citation(article_of(name, source=source)) for name, source in (("a", "x"), ("b", "y")))
    joint = replace(citation(article_of("c", source="x")), copies=())
    assert count_sources([a, b, joint], {"a": (), "b": (), "c": ["b"]}.__getitem__) == Sources(3, 1)
