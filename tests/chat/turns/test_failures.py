"""What goes wrong in a turn: the message is kept, the person is told, an answer comes later."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from psycopg2 import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from app.chat.turns import keeping
from app.core.database import psycopg2_url
from app.core.settings import Settings
from app.main import create_app
from app.service_role import EMBEDDED_ROLE
from tests.chat.chatter import CHAT, Chatter, counts
from tests.chat.turns.conftest import MakeChatter, messages_of
from tests.conftest import MakeClient, MakeSettings
from tests.support import sim_faults as faults
from tests.support.databases import administer, as_service
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user
from tests.support.problems import assert_problem
from tests.support.rows import execute
from tests.support.sim_behaviour import Behaviour
from tests.support.sim_chat import USAGE, by_model, chunk, events, only_comments, speaks
from tests.support.sim_gate import Gate
from tests.support.working import running_server

SAID = {"content": "Apa kekuatanku?"}
PART = "Kamu teliti, "
SPOKEN = (chunk(PART),)
ERROR = {"code": 502, "message": "simulated"}
IN_THE_MIDDLE = (
    events("an error object", *SPOKEN, chunk("", "error", error=ERROR)),
    events("no finish", *SPOKEN),
    events("reset", *SPOKEN, end="reset"),
    events("garbage", *SPOKEN, b"data: {]\n\n"),
    events("silence", *SPOKEN, end="hang"),
)
AT_ONCE = (
    faults.status(503),
    faults.status(429, "60"),
    faults.status(401),
    faults.error_object(502),
    faults.no_choices,
    faults.hang_up,
    faults.hang_before_headers,
    only_comments,
    events("nothing"),
    speaks(""),
    speaks("  ", finish="stop"),
    faults.refusal(),
)
PATIENCE = {"chat_first_token_s": 0.3, "chat_deadline_s": 1.2}


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    found = []
    for block in response.text.replace("\r", "").split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.split("\n") if line)
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def streamed(chatter: Chatter, path: str) -> list[tuple[str, Any]]:
    headers = {**chatter.headers, "Accept": "text/event-stream"}
    response = await chatter.client.post(CHAT + path, json=SAID, headers=headers)
    assert response.status_code == 200, response.text
    return events_of(response)


class TestModel:
    @pytest.mark.parametrize("fault", [*AT_ONCE, *IN_THE_MIDDLE], ids=str)
    async def test_the_message_is_kept_and_answered_later(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine, fault: Behaviour
    ) -> None:
        chatter: Chatter = await make_chatter(**PATIENCE)
        sim.always("chat", fault)
        talk = await chatter.create()
        path = f"/conversations/{talk}/messages"
        problem = assert_problem(await chatter.send("POST", path, SAID), 503, "model_unavailable")
        said, *parts = messages_of(engine, talk)
        assert problem["user_message_id"] == str(said.id)
        assert [(part.content, part.metadata["finish_reason"]) for part in parts] == (
            [(PART, "error")] if fault in IN_THE_MIDDLE else []
        )
        sim.always("chat", speaks("Kamu teliti, dan sabar."))
        new = await chatter.ok("POST", f"{path}/{said.id}/regenerate")
        assert new["new_message"]["content"] == "Kamu teliti, dan sabar."
        assert new["new_message"]["parent_message_id"] == str(said.id)
        assert new["new_message"]["metadata"].get("regenerated_from") == (
            str(parts[0].id) if parts else None
        )

    @pytest.mark.parametrize("fault", [faults.status(503), *IN_THE_MIDDLE[:3]], ids=str)
    async def test_a_stream_tells_it_as_an_event(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine, fault: Behaviour
    ) -> None:
        chatter: Chatter = await make_chatter(**PATIENCE)
        sim.always("chat", fault)
        talk = await chatter.create()
        *pieces, (name, told) = await streamed(chatter, f"/conversations/{talk}/messages")
        said = messages_of(engine, talk)[0]
        assert (name, told["code"]) == ("error", "model_unavailable")
        assert told["user_message_id"] == str(said.id)
        assert told["detail"]
        assert "".join(piece["text"] for _, piece in pieces) == (
            PART if fault in IN_THE_MIDDLE else ""
        )

    async def test_an_answer_cut_short_is_an_answer(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter()
        sim.always("chat", speaks("Panjang sek", finish="length"))
        path = f"/conversations/{await chatter.create()}/messages"
        answer = (await chatter.ok("POST", path, SAID))["assistant_message"]
        assert (answer["content"], answer["metadata"]["finish_reason"]) == ("Panjang sek", "length")

    async def test_the_paid_model_helps_out_and_its_cost_is_counted(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter(
            use_free_models_only=False, emergency_fallback_model="sim/paid"
        )
        paid = speaks("Aku di sini.")
        sim.always("chat", by_model({"sim/paid": paid}, faults.status(503)))
        talk = await chatter.create()
        answer = await chatter.ok("POST", f"/conversations/{talk}/messages", SAID)
        assert (answer["is_free_model"], answer["usage"]["cost"]) == (False, USAGE["cost"])
        kept = await chatter.ok("GET", f"/conversations/{talk}/usage")
        month = await chatter.ok("GET", "/usage/summary")
        assert kept["total_cost"] == month["total_cost"] == USAGE["cost"]
        assert kept["total_tokens"] == month["total_tokens"] == USAGE["total_tokens"]
        assert not kept["cost_breakdown"][0]["is_free_model"]

    async def test_one_deadline_for_all_models(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter(chat_deadline_s=0.9)
        sim.always("chat", faults.hang_before_headers)
        path = f"/conversations/{await chatter.create()}/messages"
        started = time.monotonic()
        assert_problem(await chatter.send("POST", path, SAID), 503, "model_unavailable")
        assert 0.85 < time.monotonic() - started < 3.0
        assert len({call.body["model"] for call in sim.calls}) == 2


async def begun(
    chatter: Chatter, sim: OpenRouterSim
) -> tuple[str, Gate, "asyncio.Task[httpx.Response]"]:
    """A conversation, and a message in it that the model is about to answer."""
    gate = Gate(speaks("Kamu teliti."))
    sim.always("chat", gate.behaviour)
    talk = await chatter.create()
    path = f"/conversations/{talk}/messages"
    send = asyncio.create_task(chatter.send("POST", path, SAID))
    assert await asyncio.to_thread(sim.wait_calls, 1)
    return talk, gate, send


class TestConversation:
    async def test_deleted_meanwhile_keeps_the_answer(
        self, chatter: Chatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        talk, gate, send = await begun(chatter, sim)
        await chatter.ok("DELETE", f"/conversations/{talk}")
        gate.open()
        assert (await send).status_code == 200
        assert len(messages_of(engine, talk)) == 2

    async def test_erased_meanwhile_keeps_nothing(
        self, chatter: Chatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        _, gate, send = await begun(chatter, sim)
        await chatter.ok("DELETE", "/me")
        gate.open()
        assert_problem(await send, 404, "conversation_not_found")
        left = counts(engine, chatter.user_id)
        assert {table for table, rows in left.items() if rows} == {"audit_log"}

    async def test_an_archived_one_comes_back_when_something_is_said(
        self, chatter: Chatter
    ) -> None:
        talk = await chatter.create()
        await chatter.ok("PUT", f"/conversations/{talk}", {"status": "archived"})
        await chatter.ok("POST", f"/conversations/{talk}/messages", SAID)
        found = await chatter.ok("GET", f"/conversations/{talk}")
        assert found["conversation"]["status"] == "active"


@dataclass
class Outage:
    """A database of the test's own, from which the service can be locked out."""

    dsn: str
    engine: Engine
    chatter: Chatter

    def lock(self, is_locked: bool) -> None:
        """Nobody of the service's role gets in, and who is in is thrown out."""
        verb, word = ("REVOKE", "FROM") if is_locked else ("GRANT", "TO")
        change = sql.SQL(f"{verb} CONNECT ON DATABASE {{db}} {word} PUBLIC, {{role}}").format(
            db=sql.Identifier(str(make_url(self.dsn).database)), role=sql.Identifier(EMBEDDED_ROLE)
        )
        throw_out = sql.SQL(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = {}"
        ).format(sql.Literal(EMBEDDED_ROLE))
        administer(self.dsn, change, throw_out)


@pytest.fixture
async def outage(
    own_dsn: str, make_settings: MakeSettings, make_client: MakeClient
) -> AsyncIterator[Outage]:
    """The application ends before its database does: without one it would wait 5 s to end."""
    engine = create_engine(psycopg2_url(own_dsn))
    settings = make_settings(database_url=as_service(own_dsn))
    client = await make_client(create_app(settings))
    yield Outage(own_dsn, engine, Chatter(client, settings, add_user(engine)))
    engine.dispose()


class TestDatabase:
    async def test_a_short_absence_costs_no_answer(
        self, outage: Outage, sim: OpenRouterSim
    ) -> None:
        talk, gate, send = await begun(outage.chatter, sim)
        outage.lock(True)
        gate.open()
        assert await asyncio.to_thread(sim.wait_idle, 5.0)
        outage.lock(False)
        response = await send
        assert response.status_code == 200, response.text
        assert [m.content for m in messages_of(outage.engine, talk)][1:] == ["Kamu teliti."]

    async def test_a_long_one_costs_the_answer_and_not_the_message(
        self, outage: Outage, sim: OpenRouterSim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keeping, "PAUSES_S", (0.01,))
        talk, gate, send = await begun(outage.chatter, sim)
        outage.lock(True)
        gate.open()
        assert_problem(await send, 503, "database_unavailable")
        outage.lock(False)
        (said,) = messages_of(outage.engine, talk)
        path = f"/conversations/{talk}/messages/{said.id}/regenerate"
        assert (await outage.chatter.ok("POST", path))["new_message"]["version"] == 1


@pytest.mark.slow
class TestKilled:
    async def test_the_message_is_found_again(
        self,
        settings: Settings,
        chatter: Chatter,
        sim: OpenRouterSim,
        engine: Engine,
        tmp_path: Path,
    ) -> None:
        sim.always("chat", faults.hang_before_headers)
        talk = await chatter.create()
        path = f"{CHAT}/conversations/{talk}/messages"
        headers = {**chatter.headers, "Idempotency-Key": str(uuid4())}
        with running_server(settings, tmp_path) as server:
            await asyncio.to_thread(server.wait_ready)
            async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as client:
                send = asyncio.create_task(client.post(path, json=SAID, headers=headers))
                assert await asyncio.to_thread(sim.wait_calls, 1, 10.0)
                server.kill()
                with pytest.raises(httpx.TransportError):
                    await send
        (said,) = messages_of(engine, talk)
        sim.always("chat", speaks("Kamu teliti."))
        new = await chatter.ok("POST", f"/conversations/{talk}/messages/{said.id}/regenerate")
        # Its claim on the key would lapse by itself after 15 s.
        execute(
            engine,
            "UPDATE idempotency_keys SET claimed_until = now() WHERE user_id = :u",
            u=chatter.user_id,
        )
        repeated = await chatter.client.post(path, json=SAID, headers=headers)
        assert repeated.status_code == 200, repeated.text
        assert repeated.json()["user_message"]["id"] == str(said.id)
        assert repeated.json()["assistant_message"] == new["new_message"]
        assert len(messages_of(engine, talk)) == 2
