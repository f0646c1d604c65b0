"""What a person reads at each stage."""

import re

import pytest

from app.chat.notifications import stages
from app.chat.notifications.stages import Notification, Stage

RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"
NEWS = [
    (stages.assessment_submitted(RUN), 25, None),
    (stages.analysis_started(RUN), 50, None),
    (
        stages.analysis_complete(RUN),
        75,
        {"type": "redirect", "url": f"/assessment/{RUN}/results"},
    ),
    (
        stages.chatbot_ready(RUN, "c-1"),
        100,
        {"type": "redirect", "url": f"/assessment/{RUN}/results"},
    ),
    (
        stages.assessment_failed(RUN),
        None,
        {"type": "initialize", "url": f"/api/chat/assessment/{RUN}/initialize"},
    ),
    (stages.interim("c-1", "m-1"), None, None),
    (stages.message_completed("c-1", "m-1"), None, None),
]
HOLES = re.compile(r"None|undefined|null|[{}]|\s\s|^\s|\s$|\s[.,!?]")


def test_every_stage_is_here() -> None:
    assert {news.stage for news, _, _ in NEWS} == set(Stage)


@pytest.mark.parametrize(("news", "progress", "action"), NEWS, ids=lambda value: str(value)[:40])
class TestPayload:
    def test_progress_and_action(
        self, news: Notification, progress: int | None, action: object
    ) -> None:
        assert news.payload["progress"] == progress
        assert news.payload["action"] == action

    def test_a_sentence_for_a_person(
        self, news: Notification, progress: int | None, action: object
    ) -> None:
        title, message = str(news.payload["title"]), str(news.payload["message"])
        assert title
        assert message.endswith((".", "!", "?"))
        for text in (title, message):
            assert not HOLES.search(text)
            assert text[0].isupper()
            assert "Anda" not in text

    def test_what_it_is_about(
        self, news: Notification, progress: int | None, action: object
    ) -> None:
        """The run on the way to the advisor, else conversation and message."""
        about = {name for name in ("assessmentId", "message_id") if news.payload[name]}
        of_a_run = progress is not None or news.stage is Stage.ASSESSMENT_FAILED
        assert about == {"assessmentId" if of_a_run else "message_id"}
