"""Compares what was promised with what the database holds."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from tests.chaos.traveller import Promises
from tests.support.player import DIMENSIONS
from tests.support.rows import SESSIONS

COLUMNS = dict(
    zip(
        DIMENSIONS,
        (
            "dimension_1_love",
            "dimension_2_good_at",
            "dimension_3_world_needs",
            "dimension_4_paid_for",
        ),
        strict=True,
    )
)
ONCE = (
    "riasec_responses",
    "riasec_results",
    "ikigai_candidate_professions",
    "ikigai_responses",
    "ikigai_dimension_scores",
    "ikigai_total_scores",
    "career_recommendations",
)
STORED = f"""
    SELECT s.session_token, s.user_id, s.status, q.responses_data, a.completed,
        {", ".join(f"a.{column}->>'reasoning_text' AS {name}" for name, column in COLUMNS.items())},
        t.top_profession_1_id, t.top_profession_2_id, h.statuses,
        (SELECT count(*) FROM {SESSIONS} o WHERE o.user_id = s.user_id) AS sessions,
        {", ".join(f"(SELECT count(*) FROM {n} WHERE test_session_id = s.id) AS {n}" for n in ONCE)}
    FROM {SESSIONS} s
    LEFT JOIN riasec_responses q ON q.test_session_id = s.id
    LEFT JOIN ikigai_responses a ON a.test_session_id = s.id
    LEFT JOIN ikigai_total_scores t ON t.test_session_id = s.id
    LEFT JOIN LATERAL (
        SELECT array_agg(status::text) AS statuses FROM kenalidiri_history
        WHERE detail_session_id = s.id
    ) h ON true
"""
UNFINISHED = (
    f"SELECT count(*) FROM {SESSIONS} s JOIN ikigai_responses a ON a.test_session_id = s.id"
    f" WHERE num_nulls({', '.join(COLUMNS.values())}) = 0 AND s.status <> 'completed'"
)
LEFT = (
    "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('doing', 'failed'))"
    " + (SELECT count(*) FROM ikigai_finalize_leases)"
)


@dataclass
class Findings:
    """Empty lists are what everybody hopes for."""

    answers: int = 0
    completed: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def unfinished(engine: Engine) -> int:
    """Sessions with four answers and no result."""
    with engine.connect() as connection:
        return int(connection.execute(text(UNFINISHED)).scalar_one())


def left_over(engine: Engine) -> int:
    """Jobs that somebody seems to be doing or gave up, and leases."""
    with engine.connect() as connection:
        return int(connection.execute(text(LEFT)).scalar_one())


def audit(engine: Engine, promised: list[Promises]) -> Findings:
    with engine.connect() as connection:
        stored = {row.session_token: row for row in connection.execute(text(STORED))}
    findings = Findings()
    for promises in promised:
        row = stored.get(promises.token)
        if row is None:
            findings.lost.append(f"{promises.token} session")
            continue
        findings.completed += row.status == "completed"
        compare(findings, promises, row)
        findings.doubled += [f"{promises.token} {name}" for name in doubles(row)]
    return findings


def compare(findings: Findings, promises: Promises, row: Any) -> None:
    promised: list[tuple[str, object, object]] = [
        (name, words, getattr(row, name)) for name, words in promises.texts.items()
    ]
    if promises.sheet is not None:
        sheet = {
            item["question_id"]: item["answer_value"]
            for item in (row.responses_data or {"responses": []})["responses"]
        }
        promised.append(("sheet", dict(promises.sheet), sheet))
    if promises.top_two is not None:
        found = [row.top_profession_1_id, row.top_profession_2_id]
        promised.append(("result", promises.top_two, found))
        promised.append(("history", ["completed"], row.statuses))
    findings.answers += len(promised)
    if row.status == "completed":  # also for who never asked: all of it was one commit
        promised += [(name, True, getattr(row, name) > 0) for name in ONCE]
        promised.append(("history", ["completed"], row.statuses))
    findings.lost += [
        f"{promises.token} {name}" for name, expected, found in promised if expected != found
    ]


def doubles(row: Any) -> list[str]:
    names = [name for name in ONCE if getattr(row, name) > 1]
    if len(row.statuses or []) != 1:
        names.append("history")
    if row.sessions != 1:
        names.append("sessions of the user")
    return names
