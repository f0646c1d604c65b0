"""A stream that was asked for with an Idempotency-Key: two taps, one answer of the model."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.chat.turns.conftest import Talker, heard, next_of
from tests.support.event_reader import EventReader, reading
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.processes import wait_until
from tests.support.sim_chat import Stepwise, speaks

WORDS = ("Kamu ", "teliti.")
SAID = {"content": "Apa kekuatanku?"}
KNOWN_S = 5.0


@pytest.fixture
def key() -> str:
    return str(uuid4())


def say(
    talker: Talker, talk: str, key: str, **options: Any
) -> AbstractAsyncContextManager[EventReader]:
    headers = {**talker.headers, "Idempotency-Key": key}
    return reading(talker.url(talk), headers, body=SAID, **options)


async def tap_again(talker: Talker, talk: str, key: str, **headers: str) -> httpx.Response:
    sent = {**talker.headers, "Idempotency-Key": key, **headers}
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.post(talker.url(talk), json=SAID, headers=sent)


async def tap_until_answered(talker: Talker, talk: str, key: str) -> str:
    """The stream that comes when the service knows that the one before has ended."""
    async with asyncio.timeout(KNOWN_S):
        while (answer := await tap_again(talker, talk, key)).status_code == 409:
            assert answer.json()["code"] == "idempotency_in_progress"
    assert answer.status_code == 200, answer.text
    return answer.text


class TestWhileItRuns:
    @pytest.mark.parametrize("more", [{}, {"Last-Event-ID": "17"}, {"Accept": "application/json"}])
    async def test_the_same_again_has_to_wait(
        self, talker: Talker, sim: OpenRouterSim, key: str, more: dict[str, str]
    ) -> None:
        model = Stepwise(*WORDS)
        sim.always("chat", model.behaviour)
        talk = await talker.create()
        async with say(talker, talk, key) as reader:
            await next_of(reader)
            refused = await tap_again(talker, talk, key, **more)
            model.go_on()
            assert (await heard(reader))[-1].name == "message.completed"
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_in_progress")
        assert refused.headers["retry-after"] == "1"
        assert sim.count("chat") == 1
        assert len(talker.messages(talk)) == 2

    async def test_the_rest_of_it_is_given(
        self, talker: Talker, sim: OpenRouterSim, key: str
    ) -> None:
        """The first connection is dead, and nobody knows."""
        model = Stepwise(*WORDS)
        sim.always("chat", model.behaviour)
        talk = await talker.create()
        async with say(talker, talk, key) as dead:
            first = await next_of(dead)
            async with say(talker, talk, key, last_event_id=first.id) as reader:
                model.go_on()
                piece, _ = await heard(reader)
        assert piece.data["text"] == WORDS[1]
        assert sim.count("chat") == 1


class TestAfterwards:
    async def test_the_same_again_gets_the_same_answer(
        self, talker: Talker, sim: OpenRouterSim, key: str
    ) -> None:
        sim.always("chat", speaks(*WORDS))
        talk = await talker.create()
        async with say(talker, talk, key) as reader:
            end = (await heard(reader))[-1]
        again = await tap_until_answered(talker, talk, key)
        assert f"data: {json.dumps(end.data, ensure_ascii=False, separators=(',', ':'))}" in again
        assert sim.count("chat") == 1

    async def test_who_left_may_ask_again(
        self, talker: Talker, sim: OpenRouterSim, key: str
    ) -> None:
        model = Stepwise(*WORDS)
        sim.script("chat", model.behaviour, speaks(*WORDS))
        talk = await talker.create()
        async with say(talker, talk, key) as reader:
            await next_of(reader)
        assert "message.completed" in await tap_until_answered(talker, talk, key)
        said, part, whole = talker.messages(talk)
        assert (said.content, whole.content) == (SAID["content"], "".join(WORDS))
        assert part.metadata["is_partial"]

    async def test_a_new_answer_that_broke_off_does_not_replace_it(
        self, talker: Talker, sim: OpenRouterSim, key: str
    ) -> None:
        model = Stepwise(*WORDS)
        sim.script("chat", speaks(*WORDS), model.behaviour)
        talk = await talker.create()
        async with say(talker, talk, key) as reader:
            end = (await heard(reader))[-1]
        whole = end.data["assistant_message"]["id"]
        async with talker.again(talk, whole) as reader:
            await next_of(reader)
        assert await asyncio.to_thread(wait_until, lambda: len(talker.messages(talk)) == 3, 3.0)
        again = await tap_until_answered(talker, talk, key)
        assert f'"assistant_message":{{"id":"{whole}"' in again
        assert sim.count("chat") == 2
