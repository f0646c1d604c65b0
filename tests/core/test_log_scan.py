"""All that a real server says, searched for what people told it and for secrets.

A journey, and everything that can go wrong on the way: a statement, the model, a parser.
"""

import json
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import create_engine, text

from app.core.database import psycopg2_url
from app.core.settings import Settings
from tests.conftest import MakeSettings
from tests.support import sim_faults as faults
from tests.support.databases import copy_of
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import API, DIMENSIONS, Player, add_user, sheet
from tests.support.server_process import server_process
from tests.support.sim_faults import Behaviour
from tests.support.sim_http import Exchange

pytestmark = pytest.mark.slow

MODEL_KEY = "kunci-model-4be1c07d"
METRICS_TOKEN = "token-metrik-77aa"
INTERNAL_KEY = "kunci-internal-31cf"
# The statement fails and its message prints the row: a table's rule, and a trigger's own words.
REFUSALS = (
    "ALTER TABLE ikigai_responses ADD CONSTRAINT no_refused_words"
    " CHECK (dimension_1_love::text NOT LIKE '%tolakbaris%')",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'refused: %', NEW; END $$",
    "CREATE TRIGGER refuse BEFORE UPDATE ON ikigai_responses FOR EACH ROW"
    " WHEN (NEW.dimension_1_love::text LIKE '%tolakpemicu%') EXECUTE FUNCTION refuse()",
)
REFUSE_RESULTS = (
    "CREATE TRIGGER refuse BEFORE INSERT ON career_recommendations"
    " FOR EACH ROW EXECUTE FUNCTION refuse()"
)


class Told:
    """What the server was told and must not repeat."""

    def __init__(self) -> None:
        self.words: list[str] = [MODEL_KEY, METRICS_TOKEN, INTERNAL_KEY]

    def word(self) -> str:
        """A word that nobody else says."""
        made = f"kata{secrets.token_hex(6)}"
        self.words.append(made)
        return made

    def story(self, *more: str) -> str:
        return " ".join(("Aku suka", self.word(), "bersama teman di kampung", *more))


class Scene:
    """A server, a person and their app."""

    def __init__(self, base_url: str, settings: Settings, sim: OpenRouterSim, told: Told) -> None:
        self.client = httpx.AsyncClient(base_url=base_url, timeout=60)
        self.settings = settings
        self.sim = sim
        self.told = told
        self.engine = create_engine(psycopg2_url(settings.database_dsn() or ""))

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def player(self) -> Player:
        player = Player(self.client, self.settings, self._person())
        token = player.headers["Authorization"].removeprefix("Bearer ")
        self.told.words += [token, token.rpartition(".")[2]]
        return player

    def _person(self) -> UUID:
        user_id = add_user(self.engine)
        first, last = self.told.word(), self.told.word()
        with self.engine.begin() as connection:
            connection.execute(
                text("UPDATE users SET fullname = :name, email = :email WHERE id = :id"),
                {"name": f"{first} {last}", "email": f"{self.told.word()}@x.id", "id": user_id},
            )
        return user_id

    async def reach_ikigai(self, player: Player) -> str:
        token = await player.reach_ikigai()
        self.told.words.append(token)
        return token

    async def answer_all(self, player: Player, token: str) -> httpx.Response:
        """The response to the last answer."""
        for dimension in DIMENSIONS[:-1]:
            await player.answer(token, dimension, self.told.story())
        return await player.answer(token, DIMENSIONS[-1], self.told.story())


@contextmanager
def echoing(sim: OpenRouterSim, play: Behaviour) -> Iterator[None]:
    """The model answers every purpose so."""
    sim.always(None, play)
    try:
        yield
    finally:
        sim.reset()


def prompt_of(exchange: Exchange) -> str:
    return "\n".join(message["content"] for message in exchange.body["messages"])


async def _error_that_quotes(exchange: Exchange) -> None:
    await exchange.send_json({"error": {"code": 400, "message": prompt_of(exchange)}}, 400)


async def _prose_that_quotes(exchange: Exchange) -> None:
    """Without a bracket, in which a parser would look for JSON."""
    await exchange.send_json(exchange.envelope(re.sub(r"[\[\]{}]", "", prompt_of(exchange))))


async def _values_that_quote(exchange: Exchange) -> None:
    quoted = dict.fromkeys(("key", "k", "s", "b", "profession_id", "reason"), prompt_of(exchange))
    answer = {name: [quoted] for name in ("scores", "professions", "reasons", "summaries")}
    await exchange.send_json(exchange.envelope(json.dumps(answer)))


QUOTING = (
    Behaviour("error that quotes", _error_that_quotes),
    Behaviour("prose that quotes", _prose_that_quotes),
    Behaviour("values that quote", _values_that_quote),
    faults.hang_up_mid_body,
    faults.html,
)


async def good_journey(scene: Scene) -> None:
    player = scene.player()
    token = await scene.reach_ikigai(player)
    assert (await scene.answer_all(player, token)).json()["status"] == "completed"
    for path in ("/ikigai/result", "/result/recommendation", "/sessions", "/riasec/result"):
        await player.ok_get(f"{path}/{token}")


async def failing_statements(scene: Scene) -> None:
    """The row of an answer, then everything that a finished session has."""
    player = scene.player()
    token = await scene.reach_ikigai(player)
    for word in ("tolakbaris", "tolakpemicu"):
        refused = await player.answer(token, DIMENSIONS[0], scene.told.story(word))
        assert refused.status_code == 500
    scene.run(REFUSE_RESULTS)
    assert (await scene.answer_all(player, token)).status_code == 500
    assert (await player.post("/ikigai/finalize", {"session_token": token})).status_code == 500
    scene.run("DROP TRIGGER refuse ON career_recommendations")


async def failing_model(scene: Scene) -> None:
    for behaviour in QUOTING:
        player = scene.player()
        with echoing(scene.sim, behaviour):
            token = await scene.reach_ikigai(player)
            assert (await scene.answer_all(player, token)).status_code == 200


async def failing_parsers(scene: Scene) -> None:
    player, word = scene.player(), scene.told.word
    started = await player.start()
    scene.told.words.append(str(started["session_token"]))
    path, headers = f"{API}/ikigai/submit-dimension", player.headers
    bodies = (
        f'{{"reasoning_text": "{word()}'.encode(),
        f'{{"reasoning_text": "{word()}\\u0000"}}'.encode(),
        f'{{"{word()}": "{word()}", "session_token": ["{word()}"]}}'.encode(),
        f'"{word()}'.encode() + b'\xff\xfe"',
        word().encode() * 30_000,
    )
    for body in bodies:
        response = await scene.client.post(path, content=body, headers=headers)
        assert 400 <= response.status_code < 500
    wrong = sheet(started) | {"session_token": word()}
    assert (await player.post("/riasec/submit", wrong)).status_code in {404, 422}
    for asked in (f"/{word()}", f"{API}/sessions/{word()}?nama={word()}"):
        await scene.client.get(asked, headers=headers | {"X-Nama": word(), "Cookie": word()})
    forged = {"Authorization": f"Bearer {word()}.{word()}.{word()}"}
    refused = await scene.client.get(f"{API}/sessions/{word()}", headers=forged)
    assert refused.status_code == 401
    for headers in ({"X-Internal-Key": word()}, {"Authorization": f"Bearer {word()}"}):
        assert (await scene.client.get("/health?full=true", headers=headers)).status_code == 401
        assert (await scene.client.get("/metrics", headers=headers)).status_code == 401
    no_http(scene.client.base_url, f"{word()} /{word()} {word()}\r\n\r\n")


def no_http(base_url: httpx.URL, line: str) -> None:
    with socket.create_connection((base_url.host, base_url.port or 80), 5) as connection:
        connection.sendall(line.encode())
        connection.recv(1000)


async def lost_connections(scene: Scene) -> None:
    player = scene.player()
    token = await scene.reach_ikigai(player)
    scene.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'kenali-diri' AND datname = current_database()"
    )
    for _ in range(8):  # until the pool has noticed
        response = await player.answer(token, DIMENSIONS[0], scene.told.story())
        assert response.status_code in {200, 400, 503}


async def play_everything(scene: Scene) -> None:
    scene.run(*REFUSALS)
    for play in (
        good_journey,
        failing_statements,
        failing_model,
        failing_parsers,
        lost_connections,
    ):
        await play(scene)
    await scene.client.aclose()
    scene.engine.dispose()


EVENTS = {
    "request",
    "unhandled_error",
    "ikigai_scoring_start",
    "ikigai_scoring_dim_failed",
    "ikigai_finalize_success",
    "ikigai_finalize_failed",
    "recommendation_narrative_saved",
    "recommendation_narrative_failed",
    "database_unavailable",
}


@pytest.mark.parametrize("mode", ["production", "local"])
async def test_nothing_that_was_told_is_logged(
    mode: str,
    make_settings: MakeSettings,
    server_dsn: str,
    template: str,
    sim: OpenRouterSim,
    tmp_path: Path,
) -> None:
    told = Told()
    with copy_of(server_dsn, template, f"scan_{secrets.token_hex(4)}") as dsn:
        settings = make_settings(
            app_env=mode,
            membership_required=False,
            database_url=dsn,
            openrouter_api_key=MODEL_KEY,
            metrics_token=METRICS_TOKEN,
            internal_service_key=INTERNAL_KEY,
            log_level="DEBUG",
        )
        with server_process(settings, tmp_path) as base_url:
            await play_everything(Scene(base_url, settings, sim, told))
    log = (tmp_path / "server.log").read_text(encoding="utf-8")
    lines = log.splitlines()
    found = [line for line in lines if any(word in line for word in told.words)]
    assert len(told.words) > 50
    assert found == []
    assert "Failing row" not in log
    if mode == "production":
        assert {json.loads(line)["event"] for line in lines} >= EVENTS
    else:
        assert [event for event in EVENTS if event not in log] == []
