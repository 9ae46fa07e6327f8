"""The invented stories: every answer stands in its own story, and its places are there alone."""

from __future__ import annotations

from training.stories import load_stories


def test_every_question_has_places_that_say_its_answer() -> None:
    articles, questions = load_stories()
    texts = {article.id: article.text for article in articles}
    assert len(texts) == len(articles) and len({article.title for article in articles}) == len(articles)
    for question in questions:
        assert question.places and {name for name, _, _ in question.places} <= question.articles
        assert {texts[name][start:end] for name, start, end in question.places} <= set(question.answers)


def test_a_place_answers_only_in_its_own_article() -> None:
    _, questions = load_stories()
    name, start, end = questions[0].places[0]
    assert questions[0].answered_by(name, start, end) and questions[0].answered_by(name, end - 1, end + 9)
    assert not questions[0].answered_by("another", start, end) and not questions[0].answered_by(name, 0, 0)
