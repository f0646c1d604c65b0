"""Sessions on the brink of their result, and what finalizing stored of them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from tests.support.model_answers import dimension_of
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.rows import SESSIONS, execute
from tests.support.sim_faults import Behaviour, good
from tests.support.sim_http import Exchange

STORED = f"""
    SELECT d.scores_data AS scores, d.ai_model_used AS scored_by, d.total_api_calls AS api_calls,
        t.scores_data AS totals, r.recommendations_data AS recommendations,
        r.ai_model_used AS written_by, r.supporting_phrases AS phrases
    FROM {SESSIONS} s
    LEFT JOIN ikigai_dimension_scores d ON d.test_session_id = s.id
    LEFT JOIN ikigai_total_scores t ON t.test_session_id = s.id
    LEFT JOIN career_recommendations r ON r.test_session_id = s.id
    WHERE s.session_token = :token
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The finalize documents of a session; None where there is no row."""

    scores: Any
    scored_by: str | None
    api_calls: int | None
    totals: Any
    recommendations: Any
    written_by: str | None
    phrases: Any

    @property
    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scores["metadata"]
        return found

    def column(self, dimension: str, name: str) -> dict[int, float]:
        """One number of every candidate in a dimension, by profession id."""
        entries = self.scores["dimension_scores"][dimension]
        return {entry["profession_id"]: entry[name] for entry in entries}


def stored(engine: Engine, token: str) -> Stored:
    with engine.connect() as connection:
        return Stored(*connection.execute(text(STORED), {"token": token}).one())


def store_phrases(engine: Engine, token: str, phrases: list[dict[str, Any]] | None) -> int:
    """How many rows; None leaves one as it was before phrases were stored."""
    return execute(
        engine,
        "UPDATE career_recommendations r SET supporting_phrases = CAST(:phrases AS jsonb)"
        f" FROM {SESSIONS} s WHERE s.id = r.test_session_id AND s.session_token = :token",
        phrases=None if phrases is None else json.dumps(phrases),
        token=token,
    )


async def three_answered(player: Player, selected: int | None = None) -> str:
    """A session of code IEC (14 candidates) without its fourth answer; its token."""
    token = await player.reach_ikigai(I=5, C=5, E=5)
    for dimension in DIMENSIONS[:3]:
        body_of(await player.answer(token, dimension, selected=selected))
    return token


def answer_fourth_by_hand(engine: Engine, token: str) -> None:
    """Four answers and nobody at work: as after a crash."""
    statement = (
        "UPDATE ikigai_responses a SET dimension_4_paid_for = dimension_1_love, completed = true,"
        f" completed_at = now() FROM {SESSIONS} s"
        " WHERE s.id = a.test_session_id AND s.session_token = :token"
    )
    assert execute(engine, statement, token=token) == 1


def candidate_ids(engine: Engine, token: str) -> list[int]:
    """In display order."""
    statement = text(
        "SELECT (c->>'profession_id')::bigint FROM ikigai_candidate_professions p"
        f" JOIN {SESSIONS} s ON s.id = p.test_session_id,"
        " jsonb_array_elements(candidates_data->'candidates') c WHERE s.session_token = :token"
    )
    with engine.connect() as connection:
        return list(connection.scalars(statement, {"token": token}))


def lend_profession(engine: Engine, token: str, place: int = 1) -> int:
    """Put a profession of the test's own in the place of a candidate; its id.

    So that the test can delete it from the catalogue that all tests share.
    """
    with engine.begin() as connection:
        number = connection.scalar(
            text(
                "INSERT INTO professions (slug, name, about_description)"
                " VALUES (gen_random_uuid()::text, 'Penjaga Arsip Awan', 'Menjaga arsip.')"
                " RETURNING id"
            )
        )
        connection.execute(
            text(
                "UPDATE ikigai_candidate_professions p SET candidates_data ="
                " jsonb_set(candidates_data, ARRAY['candidates', :place, 'profession_id'],"
                f" to_jsonb(CAST(:number AS bigint))) FROM {SESSIONS} s"
                " WHERE s.id = p.test_session_id AND s.session_token = :token"
            ),
            {"place": str(place), "number": number, "token": token},
        )
    assert number is not None
    return int(number)


def delete_profession(engine: Engine, number: int) -> None:
    assert execute(engine, "DELETE FROM professions WHERE id = :id", id=number) == 1


def only_in(dimension: str, fault: Behaviour) -> Behaviour:
    """The fault in one dimension's scoring, good answers in the others."""

    async def play(exchange: Exchange) -> None:
        chosen = fault if dimension_of(exchange.body) == dimension else good
        await chosen.play(exchange)

    return Behaviour(f"{fault.name} in {dimension}", play)
