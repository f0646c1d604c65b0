"""`python -m app users erase`: whatever told of a person is gone; only what Go owns remains."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from redis import Redis
from sqlalchemy import Engine, text

from app.__main__ import main
from app.career_profile.ikigai.content_service import cache_key
from app.chat.assessment.jobs import open_job
from app.core.database import Base
from app.core.redis import RedisLink
from app.erasure.service import ErasureService
from app.jobs.queue import enqueue
from app.main import create_app
from app.tables import import_models
from tests.chat.chatter import Chatter, say, use
from tests.conftest import MakeClient, MakeSettings
from tests.support import rows
from tests.support.databases import as_service
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer

GO_OWNED = {"users", "token_wallet", "token_ledger"}
Erase = Callable[..., Awaitable[tuple[int, str, str]]]

TABLES = text(
    "SELECT CAST(oid AS regclass)::text FROM pg_class WHERE relkind IN ('r', 'p', 'm')"
    " AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"
)
MONEY = text(
    "WITH wallet AS (INSERT INTO token_wallet (user_id, balance) VALUES (:user, 41) RETURNING id)"
    " INSERT INTO token_ledger (wallet_id, direction, amount, balance_before, balance_after,"
    " reference_id) SELECT id, 'OUT', 3, 44, 41, :token FROM wallet"
)


@pytest.fixture
def erase(
    database_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Erase:
    """Runs the command as the service's role; its exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.environment.configure_logging", lambda *_, **__: None)
    monkeypatch.setenv("APP_ENV", "local")
    monkeypatch.setenv("DATABASE_URL", as_service(database_dsn))
    monkeypatch.setenv("JWT_SECRET", uuid4().hex)

    async def run(user_id: UUID, redis_url: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("REDIS_URL", redis_url)
        capsys.readouterr()
        code = await asyncio.to_thread(main, ["users", "erase", str(user_id)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def tables_telling(engine: Engine, words: Iterable[str]) -> set[str]:
    """Tables of any schema with a row in which one of the words stands; bytes are read, too."""
    wanted = [form for word in words for form in (f"%{word}%", f"%{word.encode().hex()}%")]
    found = set()
    with engine.connect() as connection:
        for table in connection.scalars(TABLES).all():
            telling = text(f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text ILIKE ANY(:words))")
            if connection.scalar(telling, {"words": wanted}):
                found.add(str(table))
    return found


def keys_telling(url: str, words: Iterable[str]) -> set[str]:
    """Keys of a Redis that name one of the words, or whose value does."""
    client: Any = Redis.from_url(url, decode_responses=True)
    wanted = list(words)
    told = {key: f"{key} {client.get(key)}" for key in client.scan_iter()}
    client.close()
    return {key for key, said in told.items() if any(word in said for word in wanted)}


def tables_of_persons() -> set[str]:
    import_models()
    tables = Base.metadata.tables
    return {name for name, table in tables.items() if "user_id" in table.columns}


async def leave_traces(player: Player, engine: Engine, word: str) -> list[str]:
    """A row in every table that can tell of a person; the tokens of their runs."""
    chatter = Chatter(player.client, player.settings, player.user_id)
    talk = await chatter.create(title=f"Tentang {word}")
    use(engine, say(engine, talk, 1, 1, content=word), "sim/model", (7, 3), at="now")
    await chatter.ok("DELETE", "/me")  # its sum and its line in the audit log stay
    talk = await chatter.create(title=f"Lagi tentang {word}")
    use(engine, say(engine, talk, 1, 1, content=word), "sim/model", (1, 1), at="now")
    done, begun = await player.reach_ikigai(), await player.reach_ikigai()
    for dimension in DIMENSIONS:
        body_of(await player.answer(done, dimension, f"Aku suka membongkar {word} di rumah."))
    body_of(await player.answer(begun, DIMENSIONS[0], f"Aku suka merakit {word} di teras."))
    keyed = {**player.headers, "Idempotency-Key": uuid4().hex}
    await player.client.post("/api/chat/conversations", json={"title": word}, headers=keyed)
    with engine.begin() as connection:
        enqueue(connection, open_job(player.user_id, done))
        connection.execute(
            text("INSERT INTO chat.notifications (user_id, stage, payload) VALUES (:u, 'x', '{}')"),
            {"u": player.user_id},
        )
        connection.execute(MONEY, {"user": player.user_id, "token": done})
    return [done, begun]


class TestErase:
    async def test_only_what_go_owns_remains(
        self,
        erase: Erase,
        redis_server: RedisServer,
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
    ) -> None:
        settings = make_settings(redis_url=redis_server.url)
        client = await make_client(create_app(settings))
        player = Player(client, settings, add_user(engine))
        neighbour = Player(client, settings, add_user(engine))
        word, other = f"zirkon{uuid4().hex}", f"zirkon{uuid4().hex}"
        words = [str(player.user_id), word, *await leave_traces(player, engine, word)]
        theirs = [str(neighbour.user_id), other, *await leave_traces(neighbour, engine, other)]
        before = tables_telling(engine, words)
        assert before >= tables_of_persons() | GO_OWNED | {
            "ikigai_responses",
            "procrastinate_jobs",
        }
        assert keys_telling(redis_server.url, words)
        untouched = tables_telling(engine, theirs), keys_telling(redis_server.url, theirs)

        code, out, err = await erase(player.user_id, redis_server.url)
        assert (code, err) == (0, "")
        assert "runs: 2\n" in out
        assert "conversations: 2\n" in out
        assert out.endswith("\nremoved\n")
        assert tables_telling(engine, words) == GO_OWNED
        assert rows.counts_of(engine, player.user_id) == {}
        assert keys_telling(redis_server.url, words) == set()
        assert before == untouched[0]
        assert (
            tables_telling(engine, theirs),
            keys_telling(redis_server.url, theirs),
        ) == untouched

        code, out, _ = await erase(player.user_id, redis_server.url)
        assert (code, out.splitlines()[-1]) == (0, "nothing was left to remove")

    async def test_a_run_begun_while_redis_is_searched(
        self,
        app: FastAPI,
        player: Player,
        redis_server: RedisServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        redis = RedisLink(redis_server.url)
        service = ErasureService(app.state.health.database, redis)
        search = service._forget_cached
        begun: list[str] = []

        async def search_slowly(user_id: UUID, tokens: Iterable[str]) -> int:
            found = await search(user_id, tokens)
            if not begun:
                begun.append(str((await player.start())["session_token"]))
                await redis.run("SET", cache_key(begun[0]), "cerita")
            return found

        monkeypatch.setattr(service, "_forget_cached", search_slowly)
        erased = await service.erase(player.user_id)
        await redis.aclose()
        assert (erased.counts["runs"], erased.counts["entries in Redis"]) == (1, 1)
        assert keys_telling(redis_server.url, begun) == set()

    async def test_of_somebody_whom_go_has_deleted_already(
        self, erase: Erase, player: Player, engine: Engine
    ) -> None:
        keyed = {**player.headers, "Idempotency-Key": uuid4().hex}
        await player.client.post("/api/chat/conversations", json={"title": "x"}, headers=keyed)
        rows.execute(engine, "DELETE FROM users WHERE id = :user", user=player.user_id)
        assert tables_telling(engine, [str(player.user_id)]) == {
            "chat.audit_log",
            "idempotency_keys",
        }
        code, out, _ = await erase(player.user_id)
        assert (code, out.splitlines()[-1]) == (0, "removed")
        assert tables_telling(engine, [str(player.user_id)]) == set()

    async def test_a_job_that_runs_is_left_to_its_worker(
        self, erase: Erase, player: Player, engine: Engine
    ) -> None:
        with engine.begin() as connection:
            enqueue(connection, *[open_job(player.user_id, str(uuid4()))] * 2)
        mine = "args->>'user_id' = :user"
        one = f"SELECT min(id) FROM procrastinate_jobs WHERE {mine}"
        doing = f"UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ({one})"
        rows.execute(engine, doing, user=str(player.user_id))
        assert "jobs: 1\n" in (await erase(player.user_id))[1]
        ended = f"DELETE FROM procrastinate_jobs WHERE {mine} AND status = 'doing'"
        assert rows.execute(engine, ended, user=str(player.user_id)) == 1


class TestRefused:
    async def test_an_id_that_nobody_has(self, erase: Erase) -> None:
        line = "kenali-diri: there is no user with this id, and nothing that belonged to one\n"
        assert await erase(uuid4()) == (1, "", line)

    async def test_without_redis_nothing_is_removed(
        self, erase: Erase, player: Player, engine: Engine
    ) -> None:
        await player.start()
        before = rows.rows_of(engine, player.user_id)
        code, out, err = await erase(player.user_id, f"redis://127.0.0.1:{own_port()}/0")
        assert (code, out) == (1, "")
        assert err == "kenali-diri: Redis does not answer; see REDIS_URL, and run it again\n"
        assert rows.rows_of(engine, player.user_id) == before
