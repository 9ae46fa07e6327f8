"""What happens in the chat when something is pressed: its handlers, called as Gradio calls them."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import html as lxml_html

from tests.chat_double import BRIDGE, PARK, newsroom

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})

import gradio as gr  # noqa: E402

from index.passage_index import add, remove  # noqa: E402
from qa.chat.handlers import Chat, Turns  # noqa: E402
from qa.chat.keeper import Keeper  # noqa: E402
from qa.chat.scope import Scope  # noqa: E402
from qa.chat.server_guard import PERSON  # noqa: E402
from qa.chat.turn import Phase  # noqa: E402
from qa.keeping.verify import verify  # noqa: E402

QUESTION = "How many trees does the park have?"
SESSION = gr.Request(session_hash="s1")
SCOPE = Scope()


def press(chat: Chat, turns: Turns, **wanted: str) -> tuple[Any, Any, Any]:
    return chat.press(turns, gr.EventData(None, wanted))


def ask(chat: Chat, question: str, turns: Turns = ()) -> tuple[Turns, str]:
    """Ask as the page does; → the turns and the HTML of the last one."""
    _, turns, _, html = chat.begin(question, turns, SCOPE, {}, SESSION)
    for step in list(chat.answer(turns, SESSION)):
        turns, html = step
    return turns, html


def test_a_question_is_put_on_the_page_and_answered(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    box, turns, past, live = chat.begin(f"  {QUESTION}\n", (), SCOPE, {}, SESSION)
    assert (box, past) == ("", "")
    assert turns[0].question == QUESTION
    assert 'aria-busy="true"' in live
    *_, (turns, html) = chat.answer(turns, SESSION)
    assert turns[0].phase is Phase.ANSWERED
    assert "Copy with sources" in html
    assert "1&#44;240" in html


def test_the_next_question_moves_the_last_one_up(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, QUESTION)
    _, both, past, live = chat.begin("How many cracks did the bridge have?", turns, SCOPE, {}, SESSION)
    assert [turn.running for turn in both] == [False, True]
    assert 'data-turn="0"' in past
    assert 'data-turn="1"' in live


@pytest.mark.parametrize(("question", "says"), [("x " * 1_100, "at most 2&#44;000 characters"), (" \n ", "is empty")])
def test_a_question_that_cannot_be_asked_stays_in_the_box(tmp_path: Path, question: str, says: str) -> None:
    chat = Chat(newsroom(tmp_path))
    box, turns, _, live = chat.begin(question, (), SCOPE, {}, SESSION)
    assert box == gr.skip()
    assert turns == ()
    assert says in live
    assert list(chat.answer(turns, SESSION)) == [(gr.skip(), gr.skip())]


def test_one_question_at_a_time(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    _, turns, _, _ = chat.begin(QUESTION, (), SCOPE, {}, SESSION)
    assert chat.begin("Another one?", turns, SCOPE, {}, SESSION) == (gr.skip(),) * 4


def test_stop_keeps_what_was_found_and_the_next_question_can_be_asked(tmp_path: Path) -> None:
    ready, busy = threading.Event(), threading.Event()
    ready.set()
    chat = Chat(newsroom(tmp_path, waits=[ready, busy]))
    _, turns, _, _ = chat.begin(QUESTION, (), SCOPE, {}, SESSION)
    steps = chat.answer(turns, SESSION)
    turns = next(turns for turns, _ in steps if turns[0].phase is Phase.READING)
    chat.stop(gr.Request(session_hash="somebody else"))
    chat.stop(SESSION)
    *_, (turns, html) = steps
    assert turns[0].phase is Phase.STOPPED
    assert "Stopped." in html
    busy.set()
    turns, _ = ask(chat, QUESTION, turns)
    assert [turn.phase for turn in turns] == [Phase.STOPPED, Phase.ANSWERED]


def test_a_full_queue_is_said_and_frees_the_conversation(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    _, turns, _, _ = chat.begin(QUESTION, (), SCOPE, {}, SESSION)
    turns, html = chat.give_up(turns, SESSION)
    assert "Too many questions are waiting" in html
    assert not turns[0].running
    assert chat.begin(QUESTION, turns, SCOPE, {}, SESSION)[0] == ""


@pytest.mark.parametrize("give_up", [False, True])
def test_a_question_whose_conversation_was_let_go_of_is_told_so(tmp_path: Path, give_up: bool) -> None:
    chat = Chat(newsroom(tmp_path))
    chat.begin(QUESTION, (), SCOPE, {}, SESSION)  # Gradio keeps so many conversations, and then gives () for turns

    def end() -> Any:
        return chat.give_up((), SESSION)[1] if give_up else list(chat.answer((), SESSION))[-1][1]

    assert "this one was put away" in end()
    assert "put away" not in str(end())  # there was one question
    assert ask(chat, QUESTION)[0][0].phase is Phase.ANSWERED


def test_a_follow_up_is_asked_as_it_was_understood(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, QUESTION)
    turns, html = ask(chat, "Who planted them?", turns)
    assert turns[1].question == "Who planted them?"
    assert turns[1].understood == "Who planted the trees?"
    assert turns[1].answer is not None
    assert turns[1].answer.question == "Who planted the trees?"
    assert "Understood as: " in html
    turns, _ = ask(chat, "And the benches?", turns)
    assert turns[2].understood == "Who planted the benches?"


def test_a_refused_question_leaves_nothing_that_somebody_said(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, "Who won the cup?")
    turns, html = ask(chat, "Who said that?", turns)
    assert turns[1].understood is None
    assert "Understood" not in html


def test_a_citation_opens_its_article_with_every_quote_marked(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, "How many trees were planted in the park, said the planning office?")
    cited = turns[0].quotes
    for citation in cited:
        _, _, panel = press(chat, turns, turn="0", cite=str(citation.number))
        for other in cited:
            expected = other.article_id == citation.article_id
            assert (f'data-begins="{other.number}"' in panel) is expected
        assert "active" in panel


def test_a_refusals_nearest_passage_opens_too(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, html = ask(chat, "Who won the cup?")
    assert turns[0].answer is not None
    assert turns[0].answer.abstained
    assert "don’t say" in html
    _, _, panel = press(chat, turns, turn="0", near="1")
    assert 'class="near active"' in panel


@pytest.mark.parametrize(
    "wanted",
    [
        {"turn": "0", "cite": "99"},
        {"turn": "7", "cite": "1"},
        {"turn": "x"},
        {"turn": "0"},
        {"article": "../../etc/passwd"},
        {"near": "1"},
        {"turn": "0", "near": "99"},
        {},
    ],
)
def test_a_forged_press_gets_the_list(tmp_path: Path, wanted: dict[str, str]) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, QUESTION)
    assert "shelf" in press(chat, turns, **wanted)[2]


def test_an_article_of_the_list_opens(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    assert "Gardeners planted" in press(chat, (), article="park")[2]


def test_an_article_removed_meanwhile_is_said(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path)
    chat = Chat(assistant)
    turns, _ = ask(chat, QUESTION)
    cited = turns[0].quotes[0]
    remove(tmp_path, [cited.article_id], assistant.index.encoder)
    masthead, _, _ = press(chat, turns, reload="1")
    assert "1 article " in masthead
    panel = press(chat, turns, turn="0", cite="1")[2]
    assert "alert" in panel
    assert "shelf" in panel


def test_new_articles_are_served_after_a_look(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    chat = Chat(assistant)
    add(tmp_path, [BRIDGE], assistant.index.encoder)
    assert "Bridge closed" not in chat.pages.library()
    masthead, _, library = press(chat, (), reload="1")
    assert "2 articles" in masthead
    assert "Bridge closed" in library


def test_an_empty_index_says_how_to_add(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    chat = Chat(assistant)
    remove(tmp_path, ["park"], assistant.index.encoder)
    masthead, welcome, _ = press(chat, (), reload="1")
    assert "no articles yet" in masthead
    assert "onrecord add FOLDER" in welcome


def test_examples_are_questions_that_the_articles_answer(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    assert 'class="example"' not in chat.pages.opening()[1]  # they are tried out after the page is there
    *_, html = chat.try_examples()
    assert "Who is Ines Falk&#63;" in html
    assert chat.pages.opening()[1] == html  # and known from then on
    assert list(chat.try_examples()) == [html]


def test_where_no_example_can_be_drafted_none_is_announced(tmp_path: Path) -> None:
    plain = replace(PARK, text="the otters are back in the river, it was said on friday.")
    chat = Chat(newsroom(tmp_path, [plain]))
    *_, html = chat.try_examples()
    assert "For example" not in html


def test_examples_wait_while_a_person_asks(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    _, turns, _, _ = chat.begin(QUESTION, (), SCOPE, {}, SESSION)
    assert list(chat.try_examples()) == [chat.pages.welcome()]
    list(chat.answer(turns, SESSION))
    assert len(list(chat.try_examples())) > 1


def test_a_choice_narrows_what_is_asked_until_it_is_taken_back(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    event = gr.EventData(None, {"scope": "source", "value": "harbour-post.example"})
    scope, html = chat.narrow(SCOPE, event)
    assert "Only harbour&#45;post&#46;example" in html
    _, turns, _, _ = chat.begin("How many trees were planted in the park?", (), scope, {}, SESSION)
    *_, (turns, html) = chat.answer(turns, SESSION)
    assert {citation.article_id for citation in turns[0].quotes} == {"bridge"}
    assert "Searched 1 chosen article" in html
    scope, _ = chat.narrow(scope, gr.EventData(None, {"scope": "source", "value": ""}))
    assert scope == SCOPE


def test_a_choice_that_nothing_fits_is_said_before_anything_is_searched(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    scope, _ = chat.narrow(SCOPE, gr.EventData(None, {"scope": "first", "value": "2031-01-01"}))
    box, turns, _, live = chat.begin(QUESTION, (), scope, {}, SESSION)
    assert box == gr.skip()
    assert turns == ()
    assert "No article fits" in live


def test_a_word_on_an_answer_is_kept_and_stays_with_it(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path), keeper=Keeper(tmp_path))
    turns, html = ask(chat, QUESTION)
    assert 'data-judge="good"' in html
    verdicts, told = chat.judge(turns, {}, gr.EventData(None, {"judge": "good", "turn": "0"}))
    assert "Kept as a question" in told
    _, _, past, _ = chat.begin("Who won the cup?", turns, SCOPE, verdicts, SESSION)
    assert 'data-judge="good" data-turn="0" aria-pressed="true"' in past
    assert chat.judge(turns, {}, gr.EventData(None, {"judge": "good", "turn": "9"})) == (gr.skip(), gr.skip())


def test_a_refused_question_is_asked_again_when_articles_arrive(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    chat = Chat(assistant, keeper=Keeper(tmp_path))
    turns, _ = ask(chat, "How many cracks were found in the bridge by engineers?")
    assert turns[0].answer is not None
    assert turns[0].answer.abstained
    assert list(chat.ask_again(SESSION)) == [""]
    add(tmp_path, [BRIDGE], assistant.index.encoder)
    press(chat, turns, reload="1")
    *_, news = chat.ask_again(SESSION)
    assert "1 question that had no answer before now has one" in news
    assert chat.news(gr.Request(session_hash="s2")) == news  # nobody logs in: one person
    logged_in = SimpleNamespace(scope={PERSON: "bo"})
    assert chat.news(gr.Request(logged_in, session_hash="s3")) == ""  # type: ignore[arg-type]
    ask(chat, "How many cracks were found in the bridge by engineers?")
    assert chat.news(SESSION) == ""


def test_news_can_be_dismissed(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    chat = Chat(assistant, keeper=Keeper(tmp_path))
    ask(chat, "How many cracks were found in the bridge by engineers?")
    add(tmp_path, [BRIDGE], assistant.index.encoder)
    press(chat, (), reload="1")
    assert list(chat.ask_again(SESSION))[-1] != ""
    assert chat.forget_news(SESSION) == ""
    assert chat.news(SESSION) == ""


def test_without_a_data_folder_nothing_is_kept_and_nobody_is_asked(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, html = ask(chat, "Who won the cup?")
    assert "data-judge" not in html
    assert chat.judge(turns, {}, gr.EventData(None, {"judge": "good", "turn": "0"})) == (gr.skip(), gr.skip())
    assert (chat.news(SESSION), list(chat.ask_again(SESSION)), chat.forget_news(SESSION)) == ("", [""], "")
    assert not (tmp_path / "feedback").exists()


def test_the_conversation_is_handed_over_as_a_file(tmp_path: Path) -> None:
    chat = Chat(newsroom(tmp_path))
    turns, _ = ask(chat, QUESTION)
    assert "&#46;md" in chat.save(turns, gr.EventData(None, {"save": "md"}))
    assert chat.save(turns, gr.EventData(None, {})) == gr.skip()


def test_german_and_chinese_articles_break_nothing(tmp_path: Path) -> None:
    german = replace(
        PARK, id="de", title="Größe der Bäume", text="Die Straße wurde für 1,24 Millionen Euro „erneuert“."
    )
    chinese = replace(
        PARK, id="zh", title="公园开放", text="林道市周六在旧铁路用地上开放了一座公园。公园里有1240棵树。"
    )
    assistant = newsroom(tmp_path, [german, chinese])
    chat = Chat(assistant, keeper=Keeper(tmp_path))
    turns, html = ask(chat, "Wurde die Straße für Euro erneuert?")
    assert "1&#44;24" in html
    turns, html = ask(chat, "公园里有多少棵树？", turns)
    assert "公园里有多少棵树" in html
    panel = press(chat, turns, article="zh")[2]
    assert "林道市周六在旧铁路用地上开放了一座公园。" in panel
    for form in ("md", "html"):
        saved = chat.save(turns, gr.EventData(None, {"save": form}))
        file = lxml_html.fragment_fromstring(saved).get("data-text")
        found = verify(file.encode(), assistant.index.article)
        assert found.ok
        assert found.findings[0].words.startswith("Die Straße wurde")
