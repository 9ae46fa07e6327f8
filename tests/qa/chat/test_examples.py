"""Example questions: drafted from names in sentences, readable as they stand, or none."""

from __future__ import annotations

from qa.chat.examples import draft_examples

NEWS = (
    "City Opens Park Where Railway Ran\n"
    "At the recent Green Cities Conference in Lindau, Ines Falk, associate director for parks in the city, spoke.\n"
    "“We kept the old signals for the children of the town,” said Anna Maria Berg on the Saturday of the opening.\n"
    "The park was planned together with the Green Cities Conference and Lake Constance University over three years.\n"
)


def test_three_kinds_of_question_take_turns() -> None:
    assert draft_examples([NEWS], 4) == [
        "Who is Ines Falk?",
        "What do the articles say about the Green Cities Conference?",
        "What did Anna Maria Berg say?",
        "What do the articles say about Lake Constance University?",
    ]


def test_what_several_articles_mention_comes_first() -> None:
    one = "The new line was built by a company from the old town of Port Alba in about three years.\n"
    two = "The old line was closed by a company from the new town of Mont Clair in about two years.\n"
    assert draft_examples([one, two, two], 1) == ["What do the articles say about Mont Clair?"]


def test_headlines_and_menus_give_no_question() -> None:
    assert (
        draft_examples(["Home About Us Contact\nShare on Face Book\nCity Opens Park Where the Old Railway Ran\n"]) == []
    )


def test_days_months_and_words_at_the_start_of_a_sentence_are_no_names() -> None:
    line = "It was opened on Monday May 3 by the mayor. According To them the whole town was there to see it.\n"
    assert draft_examples([line]) == []


def test_a_person_is_not_asked_about_twice() -> None:
    line = "The park was opened by Ines Falk, mayor of the town, and people from Lindau were there to see Ines Falk.\n"
    assert draft_examples([line]) == ["Who is Ines Falk?"]


def test_texts_without_capitals_or_in_other_scripts_give_none() -> None:
    assert (
        draft_examples(
            [
                "上海在七月举行了世界人工智能大会,许多国家的代表参加了会议并讨论了合作的可能性以及未来的发展方向。",
                "",
                "a\n\n",
            ]
        )
        == []
    )


def test_at_most_as_many_as_asked_for() -> None:
    assert len(draft_examples([NEWS], 2)) == 2
