"""No route looks at all of a table that grows."""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import httpx
import psycopg2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, text

from app.career_profile.upkeep.repository import count_awaiting, find_unfinished
from app.core.clock import utc_now
from app.core.database import Database, psycopg2_url
from app.core.settings import Settings
from tests.api.test_wallet import add_wallet
from tests.conftest import MakeSettings
from tests.growth.every_route import INTERNAL_KEY, TARGET, use_every_route
from tests.growth.plans import Planner, Scan
from tests.support.databases import as_service, copy_of
from tests.support.growth import grow_catalogue, grow_sessions, settle
from tests.support.player import Player, add_user
from tests.support.rows import CHILDREN, SESSIONS
from tests.support.statements import sent_statements

# So many that reading a whole table costs some hundred pages, an index three or four: the planner
# decides as it would for a million, where the first figure grows and the second hardly does.
COUNT = 6_000
CATALOGUE_TIMES = 20
GROWING = {
    SESSIONS,
    *CHILDREN,
    *("kenalidiri_history", "users", "memberships", "token_wallet"),
    *("conversations", "messages", "usage_tracking", "notifications"),
    *("professions", "profession_activities", "profession_skill_rels", "profession_tool_rels"),
}
# A code's text by the model checks that it names no profession: 156 times in the cache's life.
READS_ALL = "SELECT professions.name"
FEW = 500
CANDIDATES = "ikigai_candidate_professions"
MOMENTS = {"created_at", "started_at", "updated_at"}
# Its statements are those of the WebSocket, which is no operation of the document.
NOT_ASKED = {"stream_notifications"}
# Foreign keys of our tables whose side no index serves: a delete would read the whole table.
UNINDEXED_KEYS = f"""
    SELECT c.conrelid::regclass::text || ' ' || c.conname FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid IN ('{SESSIONS}'::regclass,
        'chat.conversations'::regclass, 'chat.messages'::regclass)
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
        AND i.indkey[0] = ANY(c.conkey))
"""


@dataclass(frozen=True, slots=True)
class Grown:
    dsn: str
    engine: Engine


@pytest.fixture(scope="module")
def grown(server_dsn: str, template: str, worker_id: str) -> Iterator[Grown]:
    with copy_of(server_dsn, template, f"growth_{worker_id}_{os.getpid()}") as dsn:
        engine = create_engine(psycopg2_url(dsn))
        yield Grown(dsn, engine)
        engine.dispose()


@pytest.fixture
def settings(grown: Grown, make_settings: MakeSettings) -> Settings:
    return make_settings(
        database_url=as_service(grown.dsn),
        internal_service_key=INTERNAL_KEY,
        recommendation_token_cost=1,
    )


@pytest.fixture
def person(client: httpx.AsyncClient, settings: Settings, grown: Grown) -> Player:
    return newcomer(client, settings, grown)


def newcomer(client: httpx.AsyncClient, settings: Settings, grown: Grown) -> Player:
    player = Player(client, settings, add_user(grown.engine))
    add_wallet(grown.engine, player.user_id, 9)
    return player


async def grow(player: Player, grown: Grown) -> None:
    """Many sessions out of one of each kind, and as many professions."""
    completed = await player.reach_ikigai()
    await player.answer_all(completed)
    in_ikigai = await player.reach_ikigai()
    compared = await player.start_fit_check(TARGET)
    await player.submit_riasec(compared, I=5, C=4)
    tokens = {
        "completed": completed,
        "ikigai_ongoing": in_ikigai,
        "fit_check": str(compared["session_token"]),
        "riasec_ongoing": str((await player.start())["session_token"]),
    }
    grow_sessions(grown.dsn, tokens, COUNT)
    grow_catalogue(grown.dsn, CATALOGUE_TIMES)
    settle(grown.dsn)


def is_wide(scan: Scan) -> bool:
    """All of a table that grows, a good part of it, or all since a moment."""
    narrow = scan.found_by is not None and scan.found_by not in MOMENTS and scan.rows <= FEW
    return scan.table in GROWING and not narrow


async def test_every_route_finds_its_rows_by_an_index(
    app: FastAPI, client: httpx.AsyncClient, person: Player, settings: Settings, grown: Grown
) -> None:
    await grow(newcomer(client, settings, grown), grown)
    asked: set[tuple[str, str]] = set()
    client.event_hooks = {"request": [partial(note, asked)]}
    with sent_statements(app.state.health.database.engine) as sent:
        await use_every_route(app, person)
    assert unasked(app, asked) == NOT_ASKED
    wide: dict[str, list[Scan]] = {}
    looked_at: set[str] = set()
    with closing(psycopg2.connect(as_service(grown.dsn))) as connection:
        planner = Planner(connection)
        for statement, values in sent:
            scans = planner.scans_of(statement, values)
            looked_at |= {scan.table for scan in scans}
            if found := [scan for scan in scans if is_wide(scan)]:
                wide[statement] = found
    assert [statement.split(" \n")[0] for statement in wide] == [READS_ALL], wide
    assert GROWING - looked_at == set()
    await assert_upkeep_looks_candidates_up(app.state.health.database, grown)


async def assert_upkeep_looks_candidates_up(database: Database, grown: Grown) -> None:
    """By the session, although the condition may end with the first candidate that exists.

    What the socket of before still has to say may come in between.
    """
    with sent_statements(database.engine) as sent:
        await database.read(count_awaiting)
        await database.read(lambda c: find_unfinished(c, utc_now() - timedelta(days=30), 1000))
    with closing(psycopg2.connect(as_service(grown.dsn))) as connection:
        planner = Planner(connection)
        asking = [(said, values) for said, values in sent if CANDIDATES in said]
        assert len(asking) == 2
        for statement, values in asking:
            found = {scan.table: scan.found_by for scan in planner.scans_of(statement, values)}
            assert found[CANDIDATES] == "test_session_id"


async def note(asked: set[tuple[str, str]], request: httpx.Request) -> None:
    asked.add((request.method, request.url.path))


def unasked(app: FastAPI, asked: set[tuple[str, str]]) -> set[str]:
    """Operations of the document that no request went to."""
    return {
        operation["operationId"]
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if not any(
            verb == method.upper() and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), where)
            for verb, where in asked
        )
    }


def test_a_delete_finds_what_hangs_on_it_by_an_index(grown: Grown) -> None:
    with grown.engine.connect() as connection:
        assert list(connection.scalars(text(UNINDEXED_KEYS))) == []
