"""Answers as they come: events, first token, a reader who leaves, and one who comes back."""

import asyncio
import statistics
import time
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from app.chat.turns.echo import REPLACEMENT
from app.core.settings import Settings
from tests.chat.turns.conftest import Talker, heard, next_of
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.processes import wait_until
from tests.support.sim_chat import Stepwise, chunk, events, speaks, stamped
from tests.support.sim_gate import Gate

WORDS = ("Halo, ", "Rani! ", "Ceritakan ", "dulu ", "minatmu.")
FORWARDED_S = 0.05
GONE_S = 1.0


async def stored(talker: Talker, talk: str, count: int) -> list[Any]:
    """The messages, once there are so many."""
    assert await asyncio.to_thread(wait_until, lambda: len(talker.messages(talk)) >= count, 3.0)
    return talker.messages(talk)


class TestEvents:
    async def test_pieces_then_the_body_of_the_json_answer(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        sim.always("chat", speaks(*WORDS, every=0.01))
        talk = await talker.create()
        async with talker.say(talk) as reader:
            assert reader.response.headers["content-type"].startswith("text/event-stream")
            assert reader.response.headers["ratelimit-limit"] == "1000000"
            *pieces, end = await heard(reader)
        assert {piece.name for piece in pieces} == {"message.delta"}
        assert "".join(piece.data["text"] for piece in pieces) == "".join(WORDS)
        for before, piece in pairwise(pieces):
            assert piece.data["offset"] == before.data["offset"] + len(before.data["text"])
        assert end.name == "message.completed"
        answer = await talker.call("POST", f"/conversations/{talk}/messages", {"content": "Lalu?"})
        assert end.data.keys() == answer.keys()
        listed = (await talker.call("GET", f"/conversations/{talk}/messages"))["messages"]
        assert listed[:2] == [end.data["user_message"], end.data["assistant_message"]]
        assert end.data["assistant_message"]["content"] == "".join(WORDS)

    async def test_a_new_answer_too(self, talker: Talker, sim: OpenRouterSim) -> None:
        sim.script("chat", speaks("Lama."), speaks("Baru."))
        talk = await talker.create()
        first = await talker.call("POST", f"/conversations/{talk}/messages", {"content": "Halo"})
        old = first["assistant_message"]["id"]
        async with talker.again(talk, old) as reader:
            piece, end = await heard(reader)
        assert piece.data["text"] == "Baru."
        new = end.data["new_message"]
        assert (new["content"], new["version"]) == ("Baru.", 2)
        assert new["metadata"]["regenerated_from"] == old

    async def test_the_first_token_is_forwarded_at_once(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        sim.always("chat", stamped(8, 0.02))
        talk = await talker.create()
        firsts, later = [], []
        for _ in range(3):
            async with talker.say(talk) as reader:
                delays = []
                while (event := await next_of(reader)).name == "message.delta":
                    now = time.monotonic()
                    delays += [now - float(stamp) for stamp in event.data["text"].split()]
            firsts.append(delays[0])
            later += delays[1:]
        assert statistics.median(firsts) < FORWARDED_S, firsts
        assert statistics.median(later) < FORWARDED_S, later

    async def test_a_recital_is_replaced_before_it_is_whole(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        talk = await talker.create()
        sim.always("chat", speaks("x"))
        await talker.call("POST", f"/conversations/{talk}/messages", {"content": "Halo"})
        rules = sim.calls[0].body["messages"][0]["content"].split(" ")
        sim.always("chat", speaks("Baik: ", *(f"{word} " for word in rules)))
        async with talker.say(talk) as reader:
            *pieces, end = await heard(reader)
        assert len("".join(piece.data["text"] for piece in pieces).split()) < 12
        assert end.data["assistant_message"]["content"] == REPLACEMENT
        assert sim.wait_idle()

    async def test_a_slow_model_is_told(self, talker: Talker, sim: OpenRouterSim) -> None:
        gate = Gate(speaks(*WORDS))
        sim.always("chat", gate.behaviour)
        talk = await talker.create()
        async with talker.say(talk) as reader:
            assert (await next_of(reader)).name == "interim"
            gate.open()
            assert (await heard(reader))[-1].name == "message.completed"
        news = (await talker.call("GET", "/notifications"))["items"]
        said, answer = talker.messages(talk)
        assert [(item["stage"], item["conversation_id"], item["message_id"]) for item in news] == [
            ("message_completed", talk, str(answer.id)),
            ("interim", talk, str(said.id)),
        ]


class TestReaderLeaves:
    async def test_the_model_is_stopped_and_what_came_is_kept(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        said = [chunk(word) for word in WORDS]
        sim.always("chat", events("stalls", *said, end="hang"))
        talk = await talker.create()
        shown = ""
        async with talker.say(talk) as reader:
            while shown != "".join(WORDS):
                shown += (await next_of(reader)).data["text"]
        assert await asyncio.to_thread(sim.wait_idle, GONE_S)
        assert sim.calls[0].aborted
        _, answer = await stored(talker, talk, 2)
        assert answer.content == "".join(WORDS)
        assert (answer.metadata["is_partial"], answer.metadata["finish_reason"]) == (
            True,
            "interrupted",
        )
        assert min(answer.prompt_tokens, answer.completion_tokens) > 0
        month = await talker.call("GET", "/usage/summary")
        assert month["total_tokens"] == answer.prompt_tokens + answer.completion_tokens
        assert (await talker.call("GET", "/notifications"))["items"] == []

    async def test_before_the_first_word(self, talker: Talker, sim: OpenRouterSim) -> None:
        sim.always("chat", events("says nothing", end="hang"))
        talk = await talker.create()
        async with talker.say(talk):
            assert await asyncio.to_thread(sim.wait_calls, 1)
        assert await asyncio.to_thread(sim.wait_idle, GONE_S)
        assert [message.sender_type for message in talker.messages(talk)] == ["user"]

    async def test_of_a_whole_answer_does_not_stop_it(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        gate = Gate(speaks(*WORDS))
        sim.always("chat", gate.behaviour)
        talk = await talker.create()
        send = asyncio.create_task(
            talker.call("POST", f"/conversations/{talk}/messages", {"content": "Halo"})
        )
        assert await asyncio.to_thread(sim.wait_calls, 1)
        send.cancel()
        await asyncio.gather(send, return_exceptions=True)
        gate.open()
        assert (await stored(talker, talk, 2))[1].content == "".join(WORDS)


class TestReaderComesBack:
    async def test_the_rest_of_a_finished_answer(self, talker: Talker, sim: OpenRouterSim) -> None:
        sim.always("chat", speaks(*WORDS, every=0.01))
        talk = await talker.create()
        async with talker.say(talk) as reader:
            seen = await heard(reader)
        for event in seen:
            async with talker.say(talk, last_event_id=event.id) as reader:
                *pieces, end = await heard(reader)
            rest = "".join(piece.data["text"] for piece in pieces)
            known = "".join(WORDS)[: len("".join(WORDS)) - len(rest)]
            assert known == "".join(
                item.data.get("text", "") for item in seen[: 1 + seen.index(event)]
            )
            assert known + rest == "".join(WORDS)
            assert end.data == seen[-1].data
        assert sim.count("chat") == 1
        assert len(talker.messages(talk)) == 2

    async def test_an_answer_that_is_still_written_is_not_paid_twice(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        """The first connection is dead, and nobody knows."""
        model = Stepwise(*WORDS[:2])
        sim.always("chat", model.behaviour)
        talk = await talker.create()
        async with talker.say(talk) as dead:
            first = await next_of(dead)
            async with talker.say(talk, last_event_id=first.id) as reader:  # at once
                model.go_on()
                piece, end = await heard(reader)
        assert (piece.data, end.name) == (
            {"text": WORDS[1], "offset": len(WORDS[0])},
            "message.completed",
        )
        assert sim.count("chat") == 1

    async def test_a_broken_answer_begins_anew(self, talker: Talker, sim: OpenRouterSim) -> None:
        sim.script("chat", events("stalls", chunk(WORDS[0]), end="hang"), speaks(*WORDS))
        talk = await talker.create()
        async with talker.say(talk) as reader:
            first = await next_of(reader)
        async with talker.say(talk, last_event_id=first.id) as reader:
            *pieces, end = await heard(reader)
        assert "".join(piece.data["text"] for piece in pieces) == "".join(WORDS)
        assert pieces[0].data["offset"] == 0
        assert end.data["assistant_message"]["version"] == 2
        said, part, whole = talker.messages(talk)
        assert whole.metadata["regenerated_from"] == str(part.id)
        assert end.data["user_message"]["id"] == str(said.id)

    async def test_a_broken_answer_is_made_anew_only_once(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        """Whoever comes back again with the id of the broken one gets the one that followed it."""
        model = Stepwise(*WORDS[1:3])
        sim.script("chat", events("stalls", chunk(WORDS[0]), end="hang"), model.behaviour)
        talk = await talker.create()
        async with talker.say(talk) as reader:
            first = await next_of(reader)
        async with talker.say(talk, last_event_id=first.id) as dead:
            await next_of(dead)
            async with talker.say(talk, last_event_id=first.id) as reader:
                model.go_on()
                waited = await heard(reader)
        async with talker.say(talk, last_event_id=first.id) as reader:
            later = await heard(reader)
        for piece, end in (waited, later):
            assert piece.data == {"text": "".join(WORDS[1:3]), "offset": 0}
            assert end.data["assistant_message"]["content"] == "".join(WORDS[1:3])
        assert sim.count("chat") == 2
        assert len(talker.messages(talk)) == 3

    async def test_a_broken_new_answer_is_not_the_old_one(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        broken = events("stalls", chunk(WORDS[0]), end="hang")
        sim.script("chat", speaks("Lama."), broken, speaks("Baru."))
        talk = await talker.create()
        async with talker.say(talk) as reader:
            said = (await heard(reader))[-1].data["user_message"]["id"]
        async with talker.again(talk, said) as reader:
            first = await next_of(reader)
        await stored(talker, talk, 3)
        async with talker.again(talk, said, last_event_id=first.id) as reader:
            _, end = await heard(reader)
        assert end.data["new_message"]["content"] == "Baru."

    @pytest.mark.parametrize("given", ["", "17", "x.y.z", "-.-.-", "0" * 200])
    async def test_an_id_that_is_none_is_a_new_message(
        self, talker: Talker, sim: OpenRouterSim, given: str
    ) -> None:
        sim.always("chat", speaks(*WORDS))
        talk = await talker.create()
        async with talker.say(talk, last_event_id=given) as reader:
            assert (await heard(reader))[-1].name == "message.completed"


async def test_a_stream_is_a_single_call(
    talker: Talker, sim: OpenRouterSim, live_settings: Settings
) -> None:
    sim.always("chat", speaks(*WORDS))
    async with talker.say(await talker.create()) as reader:
        await heard(reader)
    (call,) = sim.calls
    assert call.body["model"] == live_settings.default_model
    assert "tools" not in call.body
    with talker.engine.connect() as connection:
        kept = connection.scalar(
            text("SELECT count(*) FROM chat.usage_tracking WHERE user_id = :u"),
            {"u": talker.user_id},
        )
    assert kept == 1
