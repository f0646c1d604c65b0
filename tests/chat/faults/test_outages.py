"""What a person in the middle of an answer notices when something beneath it goes away.

Faults of the model, a killed process and its end in good order: tests/chat/turns, test_failures.py
and test_shutdown.py.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest
from psycopg2 import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.chat.turns import keeping
from app.main import create_app
from app.service_role import EMBEDDED_ROLE
from tests.chat.chatter import Chatter
from tests.chat.turns.conftest import Talker, heard, live_settings, server, talker
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import administer
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user
from tests.support.problems import assert_problem
from tests.support.redis_server import RedisServer
from tests.support.sim_chat import Stepwise

__all__ = ["live_settings", "server", "talker"]  # fixtures
pytestmark = pytest.mark.slow

WORDS = ("Kamu ", "teliti, ", "dan sabar.")
ALLOWED_S = 0.25  # 3-architecture.md, "Cache"
SAID = {"content": "Apa kekuatanku?"}
LetIn = Callable[[bool], None]


@pytest.fixture
def let_in(database_dsn: str) -> Iterator[LetIn]:
    """PostgreSQL for the service: every connection is cut, and none let in until it is back."""
    names = {
        "db": sql.Identifier(str(make_url(database_dsn).database)),
        "role": sql.Identifier(EMBEDDED_ROLE),
    }
    cut = sql.SQL(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = {}"
    ).format(sql.Literal(EMBEDDED_ROLE))

    def change(is_back: bool) -> None:
        if is_back:
            grant = sql.SQL("GRANT CONNECT ON DATABASE {db} TO PUBLIC, {role}")
            administer(database_dsn, grant.format(**names))
        else:
            revoke = sql.SQL("REVOKE CONNECT ON DATABASE {db} FROM PUBLIC, {role}")
            administer(database_dsn, revoke.format(**names), cut)

    yield change
    change(True)


class TestDatabase:
    async def test_away_in_the_middle_of_a_stream(
        self, talker: Talker, sim: OpenRouterSim, let_in: LetIn
    ) -> None:
        """Words go on coming, and the whole answer is stored once it is back."""
        model = Stepwise(*WORDS)
        sim.always("chat", model.behaviour)
        talk = await talker.create()
        async with talker.say(talk) as reader:
            first = await reader.next()
            let_in(False)
            model.go_on()
            second = await reader.next()
            model.go_on()
            assert await asyncio.to_thread(sim.wait_idle, 5.0)
            let_in(True)
            third, end = await heard(reader)
        heard_of = [piece.data["text"] for piece in (first, second, third) if piece is not None]
        assert tuple(heard_of) == WORDS
        assert end.name == "message.completed"
        assert [message.content for message in talker.messages(talk)] == [
            "Apa kekuatanku?",
            "".join(WORDS),
        ]

    async def test_away_for_long_ends_the_stream_with_an_error(
        self,
        talker: Talker,
        sim: OpenRouterSim,
        let_in: LetIn,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(keeping, "PAUSES_S", (0.01,))
        model = Stepwise(*WORDS[:2])
        sim.always("chat", model.behaviour)
        talk = await talker.create()
        async with talker.say(talk) as reader:
            await reader.next()
            let_in(False)
            model.go_on()
            *_, end = await heard(reader)
        let_in(True)
        assert (end.name, end.data["code"]) == ("error", "database_unavailable")
        (said,) = talker.messages(talk)
        async with talker.again(talk, str(said.id)) as reader:
            model.go_on()
            model.go_on()
            *_, answered = await heard(reader)
        assert answered.name == "message.completed"

    async def test_away_before_the_message_refuses_it(
        self, chatter: Chatter, sim: OpenRouterSim, let_in: LetIn
    ) -> None:
        talk = await chatter.create()
        let_in(False)
        path = f"/conversations/{talk}/messages"
        refused = await chatter.send("POST", path, SAID)
        assert_problem(refused, 503, "database_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert sim.count("chat") == 0
        let_in(True)
        assert (await chatter.send("POST", path, SAID)).status_code == 200


class TestRedis:
    async def test_hung_killed_and_back(
        self,
        redis_server: RedisServer,
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
    ) -> None:
        settings = make_settings(redis_url=redis_server.url)
        client = await make_client(create_app(settings))
        chatter = Chatter(client, settings, add_user(engine))
        path = f"/conversations/{await chatter.create()}/messages"
        usual = await seconds_of(chatter, path)
        redis_server.freeze()
        assert await seconds_of(chatter, path) < usual + ALLOWED_S + 0.5  # a busy machine
        assert await seconds_of(chatter, path) < usual + 0.5
        redis_server.thaw()
        redis_server.kill()
        await seconds_of(chatter, path)
        redis_server.start()
        await seconds_of(chatter, path)
        found = await chatter.ok("GET", path)
        assert len(found["messages"]) == 10


async def seconds_of(chatter: Chatter, path: str) -> float:
    started = time.perf_counter()
    await chatter.ok("POST", path, SAID)
    return time.perf_counter() - started
