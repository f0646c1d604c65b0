"""Many messages at once: each gets its answer, in order, and nothing waits with a connection."""

import asyncio
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.database import Database
from tests.chat.chatter import Chatter, audit
from tests.chat.turns import asked
from tests.chat.turns.conftest import MakeChatter
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.processes import wait_until
from tests.support.sim_gate import Gate

AT_ONCE = 20
SMALL = {"db_pool_size": 2, "db_max_overflow": 0, "db_threads": 2}


def echo(body: dict[str, Any]) -> str:
    return f"Jawaban atas {asked.question(body)}"


async def send(chatter: Chatter, talk: str, content: str) -> dict[str, Any]:
    return await chatter.ok("POST", f"/conversations/{talk}/messages", {"content": content})


def database_of(chatter: Chatter) -> Database:
    app: FastAPI = chatter.client._transport.app  # type: ignore[attr-defined]  # ASGITransport
    database: Database = app.state.health.database
    return database


class TestTwentyAtOnce:
    async def test_each_is_followed_by_its_own_answer(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter(**SMALL)
        gate = Gate()
        sim.always("chat", gate.behaviour)
        sim.answer("chat", echo)
        talk = await chatter.create()
        sends = [asyncio.create_task(send(chatter, talk, f"pesan {n}")) for n in range(AT_ONCE)]
        assert await asyncio.to_thread(sim.wait_calls, AT_ONCE, 10.0)
        database = database_of(chatter)
        assert await asyncio.to_thread(wait_until, lambda: database.checked_out() == 0)
        gate.open()
        answers = await asyncio.gather(*sends)
        listed = (await chatter.ok("GET", f"/conversations/{talk}/messages"))["messages"]
        pairs = list(zip(listed[::2], listed[1::2], strict=True))
        assert len(pairs) == AT_ONCE
        assert [said["turn_number"] for said, _ in pairs] == list(range(1, AT_ONCE + 1))
        for said, answer in pairs:
            assert (said["sender_type"], answer["sender_type"]) == ("user", "assistant")
            assert answer["content"] == f"Jawaban atas {said['content']}"
            assert answer["parent_message_id"] == said["id"]
        given = {(a["user_message"]["id"], a["assistant_message"]["id"]) for a in answers}
        assert given == {(said["id"], answer["id"]) for said, answer in pairs}

    async def test_a_model_reads_what_was_said_before_and_nothing_later(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter()
        sim.answer("chat", echo)
        talk = await chatter.create()
        await asyncio.gather(*(send(chatter, talk, f"pesan {n}") for n in range(AT_ONCE)))
        listed = (await chatter.ok("GET", f"/conversations/{talk}/messages"))["messages"]
        said = [message["content"] for message in listed if message["sender_type"] == "user"]
        for call in sim.calls:
            place = said.index(asked.question(call.body))
            told = asked.history(call.body)
            assert [text for role, text in told if role == "user"] == said[:place]
            for at, (role, text) in enumerate(told):
                if role == "assistant":  # an answer that was there in time, under its question
                    assert text == f"Jawaban atas {told[at - 1][1]}"


class TestRegenerate:
    def asked_for(self, engine: Engine, chatter: Chatter) -> int:
        return [action for _, action, *_ in audit(engine, chatter.user_id)].count("regenerate")

    async def test_two_at_once_are_one_answer(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter()
        sim.answer("chat", echo)
        talk = await chatter.create()
        said = (await send(chatter, talk, "pesan"))["user_message"]["id"]
        gate = Gate()
        sim.always("chat", gate.behaviour)
        path = f"/conversations/{talk}/messages/{said}/regenerate"
        both = [asyncio.create_task(chatter.ok("POST", path)) for _ in range(2)]
        assert await asyncio.to_thread(wait_until, lambda: self.asked_for(engine, chatter) == 2)
        gate.open()
        first, second = await asyncio.gather(*both)
        assert first == second
        assert first["new_message"]["version"] == 2
        assert sim.count("chat") == 2
