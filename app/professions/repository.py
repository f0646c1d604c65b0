"""Named reads of the catalogue. Every size of a profession comes in one query for all ids."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from app.core.rendered import Rendered
from app.professions.context import (
    CONTENT_ABOUT_CHARS,
    SCORING_ABOUT_CHARS,
    SCORING_SKILLS,
    CareerStep,
    CodedName,
    ContentContext,
    RecommendationContext,
    ScoringContext,
    cut,
)
from app.professions.models import Profession

ACTIVITIES = """ARRAY(SELECT a.description FROM profession_activities a
    WHERE a.profession_id = p.id ORDER BY a.sort_order, a.id LIMIT 5)"""
SKILLS = """ARRAY(SELECT s.name FROM profession_skill_rels r JOIN skills s ON s.id = r.skill_id
    WHERE r.profession_id = p.id AND r.skill_type = '{kind}' AND r.priority = 'wajib'
    ORDER BY s.id LIMIT {limit})"""
TOOLS = """ARRAY(SELECT t.name FROM profession_tool_rels r JOIN tools t ON t.id = r.tool_id
    WHERE r.profession_id = p.id AND r.usage_type = 'wajib' ORDER BY t.id LIMIT 4)"""
INSIGHTS = """ARRAY(SELECT m.description FROM profession_market_insights m
    WHERE m.profession_id = p.id ORDER BY m.sort_order, m.id LIMIT 3)"""
STEP = """(SELECT json_build_array(c.title, c.experience_range, c.salary_min, c.salary_max)
    FROM profession_career_paths c WHERE c.profession_id = p.id{condition}
    ORDER BY c.sort_order {direction}, c.id {direction} LIMIT 1)"""
ENTRY = STEP.format(condition="", direction="ASC")
SENIOR = STEP.format(
    condition=""" AND (SELECT count(*) FROM profession_career_paths every
        WHERE every.profession_id = p.id) > 1""",
    direction="DESC",
)
FROM_PROFESSIONS = """FROM professions p
    LEFT JOIN riasec_codes rc ON rc.id = p.riasec_code_id WHERE p.id = ANY(:ids)"""
PERSONALITY = """p.riasec_description, rc.riasec_code, rc.riasec_title,
    rc.strengths, rc.work_environments"""


IDS = bindparam("ids", type_=ARRAY(BigInteger))


def _statement(*columns: str) -> Rendered:
    listed = ", ".join(("p.id", "p.name", "p.about_description", *columns))
    statement = text(f"SELECT {listed} {FROM_PROFESSIONS}")
    return Rendered(lambda: statement.bindparams(IDS))


SCORING = _statement(
    f"{ACTIVITIES} AS activities",
    f"{SKILLS.format(kind='hard', limit=SCORING_SKILLS)} AS hard_skills",
)
CONTENT = _statement(
    PERSONALITY,
    f"{ACTIVITIES} AS activities",
    f"{SKILLS.format(kind='hard', limit=5)} AS hard_skills",
    f"{SKILLS.format(kind='soft', limit=3)} AS soft_skills",
    f"{TOOLS} AS tools",
    f"{INSIGHTS} AS market_insights",
    f"{ENTRY} AS entry",
    f"{SENIOR} AS senior",
)
RECOMMENDATION = _statement(
    PERSONALITY,
    f"{ACTIVITIES} AS activities",
    f"{SKILLS.format(kind='hard', limit=5)} AS hard_skills",
    f"{ENTRY} AS entry",
    f"{SENIOR} AS senior",
)
NAMES = Rendered(lambda: select(Profession.id, Profession.name).where(Profession.id == any_(IDS)))
CODED_NAME = text(
    """
    SELECT p.id, p.name, rc.id AS code_id, rc.riasec_code
    FROM professions p LEFT JOIN riasec_codes rc ON rc.id = p.riasec_code_id WHERE p.id = :id
    """
)


def find_coded_name(connection: Connection, profession_id: int) -> CodedName | None:
    """The profession with its interest code; None when it is not in the catalogue."""
    row = connection.execute(CODED_NAME, {"id": profession_id}).first()
    return None if row is None else CodedName(row.id, row.name, row.code_id, row.riasec_code)


def scoring_contexts(connection: Connection, ids: Collection[int]) -> dict[int, ScoringContext]:
    """By profession id; an id without a row has vanished from the catalogue."""
    rows = SCORING.all(connection, ids=list(ids))
    return {row.id: _scoring_context(row) for row in rows}


def content_contexts(connection: Connection, ids: Collection[int]) -> dict[int, ContentContext]:
    """By profession id; an id without a row has vanished from the catalogue."""
    rows = CONTENT.all(connection, ids=list(ids))
    return {
        row.id: ContentContext(
            profession_id=row.id,
            about=cut(row.about_description, CONTENT_ABOUT_CHARS),
            soft_skills=tuple(row.soft_skills),
            tools=tuple(row.tools),
            market_insights=tuple(row.market_insights),
            **_shared_fields(row),
        )
        for row in rows
    }


def recommendation_contexts(
    connection: Connection, ids: Collection[int]
) -> dict[int, RecommendationContext]:
    """By profession id; an id without a row has vanished from the catalogue."""
    rows = RECOMMENDATION.all(connection, ids=list(ids))
    return {
        row.id: RecommendationContext(
            profession_id=row.id,
            about=(row.about_description or "").strip() or None,
            **_shared_fields(row),
        )
        for row in rows
    }


def profession_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Names by id, of the professions that still exist."""
    return {row.id: row.name for row in NAMES.all(connection, ids=list(ids))}


def all_profession_ids(connection: Connection) -> list[int]:
    """Every profession of the catalogue, in order."""
    return list(connection.scalars(select(Profession.id).order_by(Profession.id)))


def all_profession_names(connection: Connection) -> list[str]:
    """Every name of the catalogue."""
    return list(connection.scalars(select(Profession.name)))


def _scoring_context(row: Row[Any]) -> ScoringContext:
    return ScoringContext(
        row.id,
        row.name,
        cut(row.about_description, SCORING_ABOUT_CHARS),
        tuple(row.activities),
        tuple(row.hard_skills),
    )


def _shared_fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "name": row.name,
        "code": row.riasec_code,
        "code_title": row.riasec_title,
        "riasec_description": (row.riasec_description or "").strip() or None,
        "strengths": tuple(row.strengths or ()),
        "work_environments": tuple(row.work_environments or ()),
        "activities": tuple(row.activities),
        "hard_skills": tuple(row.hard_skills),
        "entry": _step(row.entry),
        "senior": _step(row.senior),
    }


def _step(values: Sequence[Any] | None) -> CareerStep | None:
    return None if values is None else CareerStep(*values)
