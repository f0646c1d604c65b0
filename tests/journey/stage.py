"""A journey on a stage of its own: a database with a small catalogue, a scripted model, a server.

The stage is small enough for every number to be computed by hand.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg2
from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from tests.journey.shapes import SUMMARIES, Document, reason_for
from tests.journey.stored import Rows, stored_rows
from tests.support.databases import copy_of
from tests.support.live_server import live_server
from tests.support.model_answers import asked_ids, dimension_of, good_content, scoring
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import API, DIMENSIONS, add_user, answer, body_of, letter_of
from tests.support.sim_faults import Behaviour

SECRET = "6f1ed002ab5595859014ebf0951522d9"
REFUSAL = "Maaf, saya tidak bisa menilai tulisan ini."
TEXTS = {
    "what_you_love": "Saya betah berjam-jam menyusun cerita dari catatan lapangan.",
    "what_you_are_good_at": "Saya terbiasa merapikan wawancara menjadi laporan singkat.",
    "what_the_world_needs": "Banyak warga di kampung saya butuh informasi yang jelas.",
    "what_you_can_be_paid_for": "Saya pernah dibayar untuk menulis buletin sekolah.",
}


@dataclass(frozen=True, slots=True)
class OwnProfession:
    profession_id: int
    name: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """`sheet`: the answers of each letter in display order. `judged`: (k, s, b) per dimension and
    profession id; a dimension that is not there gets a refusal from the model.
    """

    form: str
    model: str
    catalogue: tuple[OwnProfession, ...]
    sheet: Mapping[str, tuple[int, ...]]
    selected: Mapping[str, int | None]
    judged: Mapping[str, Mapping[int, tuple[float, float, float]]]
    faults: tuple[Behaviour, ...] = ()
    answered_at: str | None = None


@dataclass
class Journey:
    """What was sent, what was answered and what was stored, stage by stage."""

    token: str
    user_id: UUID
    sheet: list[Document]
    code_rows: dict[str, Any]
    bodies: dict[str, Document] = field(default_factory=dict)
    progress: dict[str, Document] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def row(self, table: str, stage: str = "completed") -> dict[str, Any]:
        return self.rows[stage][table]


async def play(server_dsn: str, template: str, name: str, scenario: Scenario) -> Journey:
    """The whole journey of one user, over HTTP, on a database called `name`."""
    with copy_of(server_dsn, template, name) as dsn, OpenRouterSim() as sim:
        _replace_catalogue(dsn, scenario)
        _script(sim, scenario)
        settings = _settings(dsn, sim, scenario)
        user_id = _new_user(dsn)
        token = issue_token(settings, user_id, timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}
        with live_server(settings) as url:
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
                journey = await _Run(client, dsn, scenario, user_id).play()
        for purpose in ("ikigai_content", "ikigai_scoring", "recommendation_narrative"):
            journey.calls[purpose] = sim.count(purpose)
        return journey


@dataclass
class _Run:
    client: httpx.AsyncClient
    dsn: str
    scenario: Scenario
    user_id: UUID

    async def play(self) -> Journey:
        started = await self._post("/recommendation/start", {"persona_type": "pathfinder"})
        token = started["session_token"]
        sheet = _sheet(started["question_ids"], self.scenario)
        journey = Journey(token, self.user_id, sheet, _codes(self.dsn))
        journey.bodies["start"] = started
        journey.bodies["questions"] = await self._get(f"/riasec/questions/{token}")
        await self._look(journey, "started")
        journey.bodies["submit"] = await self._post(
            "/riasec/submit", {"session_token": token, "responses": sheet}
        )
        journey.bodies["riasec result"] = await self._get(f"/riasec/result/{token}")
        await self._look(journey, "riasec")
        await self._ikigai(journey)
        return journey

    async def _ikigai(self, journey: Journey) -> None:
        token = journey.token
        journey.bodies["dimensions"] = await self._get("/ikigai/dimensions")
        body = {"session_token": token}
        journey.bodies["ikigai start"] = await self._post("/ikigai/start", body)
        journey.bodies["content"] = await self._get(f"/ikigai/content/{token}")
        await self._look(journey, "ikigai")
        for number, name in enumerate(DIMENSIONS, start=1):
            body = answer(token, name, TEXTS[name], self.scenario.selected[name])
            stage = "completed" if number == len(DIMENSIONS) else f"answer {number}"
            journey.bodies[stage] = await self._post("/ikigai/submit-dimension", body)
            await self._look(journey, stage)
        journey.bodies["ikigai result"] = await self._get(f"/ikigai/result/{token}")
        journey.bodies["recommendation"] = await self._get(f"/result/recommendation/{token}")

    async def _look(self, journey: Journey, stage: str) -> None:
        journey.rows[stage] = stored_rows(self.dsn, journey.token)
        journey.progress[stage] = await self._get(f"/sessions/{journey.token}")

    async def _get(self, path: str) -> Document:
        return body_of(await self.client.get(API + path))

    async def _post(self, path: str, body: Mapping[str, Any]) -> Document:
        return body_of(await self.client.post(API + path, json=body))


def _settings(dsn: str, sim: OpenRouterSim, scenario: Scenario) -> Settings:
    return Settings(
        _env_file=None,
        app_env=AppEnv.LOCAL,
        database_url=dsn,
        jwt_secret=SECRET,
        openrouter_api_key="sim-key",
        openrouter_base_url=sim.base_url,
        openrouter_model=scenario.model,
        llm_retry_delay_s=0.0,
        riasec_form=scenario.form,
    )


def _script(sim: OpenRouterSim, scenario: Scenario) -> None:
    id_of = {item.name: item.profession_id for item in scenario.catalogue}

    def judge(dimension: str, name: str) -> Mapping[str, object]:
        return dict(zip("ksb", scenario.judged[dimension][id_of[name]], strict=True))

    def score(body: dict[str, Any]) -> object:
        return scoring(judge)(body) if dimension_of(body) in scenario.judged else REFUSAL

    def narrate(body: dict[str, Any]) -> object:
        reasons = [{"profession_id": pid, "reason": reason_for(pid)} for pid in asked_ids(body)]
        return {"summaries": SUMMARIES, "reasons": reasons}

    sim.answer("ikigai_content", good_content)
    sim.answer("ikigai_scoring", score)
    sim.answer("recommendation_narrative", narrate)
    sim.script("ikigai_scoring", *scenario.faults)


def _sheet(question_ids: list[int], scenario: Scenario) -> list[Document]:
    left = {letter: iter(values) for letter, values in scenario.sheet.items()}
    sheet: list[Document] = []
    for question_id in question_ids:
        letter = letter_of(question_id)
        item: Document = {"question_id": question_id, "answer_value": next(left[letter])}
        if scenario.answered_at is not None:
            item |= {"question_type": letter, "answered_at": scenario.answered_at}
        sheet.append(item)
    return sheet


@contextmanager
def _cursor(dsn: str) -> Iterator[Any]:
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        yield cursor


def _replace_catalogue(dsn: str, scenario: Scenario) -> None:
    with _cursor(dsn) as cursor:
        cursor.execute("TRUNCATE professions CASCADE")
        for item in scenario.catalogue:
            cursor.execute(
                "INSERT INTO professions (id, slug, name, riasec_code_id) VALUES (%s, %s, %s,"
                " (SELECT id FROM riasec_codes WHERE riasec_code = %s))",
                (item.profession_id, f"profesi-{item.profession_id}", item.name, item.code),
            )


def _codes(dsn: str) -> dict[str, Any]:
    with _cursor(dsn) as cursor:
        cursor.execute(
            "SELECT riasec_code, jsonb_build_object('riasec_code', riasec_code, 'riasec_title',"
            " riasec_title, 'riasec_description', riasec_description, 'strengths', strengths,"
            " 'challenges', challenges, 'strategies', strategies, 'work_environments',"
            " work_environments, 'interaction_styles', interaction_styles) FROM riasec_codes"
        )
        return dict(cursor.fetchall())


def _new_user(dsn: str) -> UUID:
    engine = create_engine(psycopg2_url(dsn))
    try:
        return add_user(engine)
    finally:
        engine.dispose()
