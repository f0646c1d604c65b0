"""The findings of the revision document (seed 2, section 2): each must be impossible here.

Findings 3 (Redis) and 11 (rate limits) come with the work that brings Redis and rate limits.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.journey.exact import TIME, assert_same
from tests.journey.source import min_max_formulas, modules
from tests.journey.stored import query
from tests.support.databases import ROOT, empty_database
from tests.support.model_answers import answer_well, dimension_of, scoring
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.problems import assert_problem
from tests.support.rows import SESSIONS, add_fit_check, rows_of

TRIPLE = {"I": 4, "A": 4, "S": 4}  # IAS, with candidates of several tiers
ENOUGH = "Saya suka menata data penjualan warung milik ibu."
IKIGAI_TABLES = ("ikigai_responses", "ikigai_dimension_scores", "ikigai_total_scores")


def stored(engine: Engine, table: str, token: str, column: str = "to_jsonb(t)") -> Any:
    """A column of the session's only row in a table, as JSON; without one the whole row."""
    statement = (
        f"SELECT {column} FROM {table} t JOIN {SESSIONS} s ON s.id = t.test_session_id"
        " WHERE s.session_token = :token"
    )
    with engine.connect() as connection:
        return connection.execute(text(statement), {"token": token}).scalar_one()


async def test_finding_01_start_inserts_the_empty_answer_row(
    player: Player, engine: Engine
) -> None:
    token = await player.reach_ikigai(**TRIPLE)
    row = stored(engine, "ikigai_responses", token)
    assert [value for key, value in row.items() if key.startswith("dimension_")] == [None] * 4
    assert row["completed"] is False
    assert row["completed_at"] is None
    # xmin is the transaction that wrote a row: the status changed in the same one.
    same = stored(engine, "ikigai_responses", token, "t.xmin = s.xmin")
    assert same is True
    await player.ok_post("/ikigai/start", {"session_token": token})
    assert stored(engine, "ikigai_responses", token) == row


async def _call(player: Player, call: str, token: str) -> httpx.Response:
    reference = {"session_token": token}
    if call == "submit-dimension":
        return await player.answer(token, "what_you_love")
    if call in {"start", "finalize"}:
        return await player.post(f"/ikigai/{call}", reference)
    paths = {
        "content": f"/ikigai/content/{token}",
        "result": f"/ikigai/result/{token}",
        "recommendation result": f"/result/recommendation/{token}",
    }
    return await player.get(paths[call])


@pytest.mark.parametrize("status", ["riasec_completed", "ikigai_ongoing"])
@pytest.mark.parametrize(
    "call",
    ["start", "content", "submit-dimension", "finalize", "result", "recommendation result"],
)
async def test_finding_02_a_fit_check_has_no_ikigai(
    player: Player, engine: Engine, sim: OpenRouterSim, call: str, status: str
) -> None:
    token = add_fit_check(engine, player.user_id, status)
    before = rows_of(engine, player.user_id)
    problem = assert_problem(await _call(player, call, token), 400, "not_recommendation_session")
    assert problem["detail"] == "Sesi ini adalah FIT_CHECK — tidak memiliki alur Ikigai"
    assert rows_of(engine, player.user_id) == before
    assert sim.calls == []


@pytest.mark.parametrize("contradiction", ["uses_ikigai = true", "test_goal = 'RECOMMENDATION'"])
async def test_finding_02_both_columns_are_checked(
    player: Player, engine: Engine, contradiction: str
) -> None:
    token = add_fit_check(engine, player.user_id, "riasec_completed")
    with engine.begin() as connection:
        update = f"UPDATE {SESSIONS} SET {contradiction} WHERE session_token = :token"
        connection.execute(text(update), {"token": token})
    for call in ("start", "content"):
        assert_problem(await _call(player, call, token), 400, "not_recommendation_session")


async def test_finding_04_an_answered_dimension_is_never_overwritten(
    player: Player, engine: Engine
) -> None:
    token = await player.reach_ikigai(**TRIPLE)
    for dimension in DIMENSIONS[:3]:
        await player.answer(token, dimension)
    before = stored(engine, "ikigai_responses", token)
    for dimension in DIMENSIONS[:3]:
        response = await player.answer(token, dimension, ENOUGH)
        assert_problem(response, 400, "dimension_already_answered")
    assert stored(engine, "ikigai_responses", token) == before
    # The fourth completes the session; what was answered stays, also then.
    body_of(await player.answer(token, DIMENSIONS[3]))
    before = stored(engine, "ikigai_responses", token)
    for dimension in DIMENSIONS:
        response = await player.answer(token, dimension, ENOUGH)
        assert_problem(response, 400, "dimension_already_answered")
    assert stored(engine, "ikigai_responses", token) == before


@pytest.mark.parametrize("dimension", DIMENSIONS)
async def test_finding_05_only_a_candidate_can_be_selected(
    player: Player, engine: Engine, dimension: str
) -> None:
    token = await player.reach_ikigai(**TRIPLE)
    result = await player.ok_get(f"/riasec/result/{token}")
    candidates = [item["profession_id"] for item in result["candidates"]]
    with engine.connect() as connection:
        others = text("SELECT min(id) FROM professions WHERE id <> ALL(:ids)")
        elsewhere = connection.scalar(others, {"ids": candidates})
    before = stored(engine, "ikigai_responses", token)
    for selected in (elsewhere, 999_999_999):
        response = await player.answer(token, dimension, ENOUGH, selected)
        assert_problem(response, 400, "profession_not_a_candidate")
    assert stored(engine, "ikigai_responses", token) == before
    # A candidate of the pool may be selected, not only the five that are shown.
    assert len(candidates) > 5
    body_of(await player.answer(token, dimension, ENOUGH, candidates[-1]))


async def test_finding_06_ranks_are_stored(
    player: Player, engine: Engine, sim: OpenRouterSim
) -> None:
    answer_well(sim, lambda _dimension, name: {"k": len(name) % 8 / 8, "s": 0.5, "b": 0})
    token = await player.reach_ikigai(**TRIPLE)
    await player.answer_all(token)
    scores = stored(engine, "ikigai_total_scores", token, "t.scores_data")["profession_scores"]
    assert len(scores) > 5
    assert [item["rank"] for item in scores] == list(range(1, len(scores) + 1))
    totals = [item["total_score"] for item in scores]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) > 1


class TestFinding07:
    async def test_finding_07_a_tie_that_a_later_criterion_decides_is_detected(
        self, player: Player, engine: Engine
    ) -> None:
        """The model judges all alike: every total is 4 * 15 * 0.5 = 30, congruence decides."""
        token = await player.reach_ikigai(**TRIPLE)
        completion = await player.answer_all(token)
        data = stored(engine, "ikigai_total_scores", token, "t.scores_data")
        scores = data["profession_scores"]
        assert {item["total_score"] for item in scores} == {30}
        assert len({item["congruence_score"] for item in scores}) > 1
        assert completion["tie_breaking_applied"] is True
        assert data["metadata"]["tie_breaking_applied"] is True
        details = data["metadata"]["tie_breaking_details"]
        assert len(details["tied_profession_ids"]) == len(scores)
        assert details["tied_total_score"] == 30

    async def test_finding_07_without_a_tie_at_the_top_none_is_told(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        token = await player.reach_ikigai(**TRIPLE)
        content = await player.ok_get(f"/ikigai/content/{token}")
        best = content["candidates_with_content"][2]["profession_name"]
        answer_well(sim, lambda _d, name: {"k": 1 if name == best else 0.5, "s": 0.5, "b": 0.5})
        completion = await player.answer_all(token)
        data = stored(engine, "ikigai_total_scores", token, "t.scores_data")
        totals = [item["total_score"] for item in data["profession_scores"]]
        assert totals[0] > totals[1] == totals[2]  # equal ones below the top are no tie
        assert completion["tie_breaking_applied"] is False
        assert data["metadata"]["tie_breaking_applied"] is False
        assert data["metadata"]["tie_breaking_details"] is None


async def test_finding_08_metadata_of_the_total_scores(player: Player, engine: Engine) -> None:
    token = await player.reach_ikigai(**TRIPLE)
    await player.answer_all(token)
    data = stored(engine, "ikigai_total_scores", token, "t.scores_data")
    ids = [item["profession_id"] for item in data["profession_scores"]]
    tied = data["metadata"]["tie_breaking_details"]["tied_profession_ids"]
    expected = {
        "total_professions_ranked": len(ids),
        "tie_breaking_applied": True,
        "tie_breaking_details": {
            "tied_profession_ids": tied,
            "tied_total_score": 30.0,
            "tiebreak_criteria_used": ["intrinsic_score", "congruence_score", "avg_r_normalized"],
        },
        "top_2_professions": ids[:2],
        "calculated_at": TIME,
    }
    assert_same(expected, data["metadata"])
    assert sorted(tied) == sorted(ids)


async def test_finding_09_metadata_of_the_dimension_scores(
    player: Player, engine: Engine, sim: OpenRouterSim
) -> None:
    def score(body: Any) -> object:
        if dimension_of(body) == "what_you_love":
            return "maaf"
        return scoring(lambda _d, _n: {"k": 0.5, "s": 0.5, "b": 0.5})(body)

    sim.answer("ikigai_scoring", score)
    token = await player.reach_ikigai(**TRIPLE)
    await player.answer_all(token)
    data = stored(engine, "ikigai_dimension_scores", token, "t.scores_data")
    scored = data["dimension_scores"]
    expected = {
        "total_candidates_scored": len(scored["what_you_love"]),
        "scoring_strategy": "batch_semantic_matching",
        "fallback_used": True,
        "failed_dimensions": ["what_you_love"],
        "calculated_at": TIME,
        "imputed": {},
        "low_evidence": [],
        "vanished": [],
        "models": dict.fromkeys(DIMENSIONS, "sim/model") | {"what_you_love": None},
    }
    assert_same(expected, data["metadata"])
    assert {name: item["model"] for name, item in data["trace"].items()} == data["metadata"][
        "models"
    ]
    untold = [
        (item["k"], item["s"], item["b"]) for item in data["trace"]["what_you_love"]["candidates"]
    ]
    assert untold == [(None, None, None)] * len(scored["what_you_love"])
    assert {item["r_raw"] for item in scored["what_you_love"]} == {0.5}


def test_finding_10_alembic_creates_every_table(server_dsn: str, worker_id: str) -> None:
    with empty_database(server_dsn, f"finding_10_{worker_id}") as dsn:
        alembic = Path(sys.executable).with_name("alembic")
        environment = {**os.environ, "DATABASE_URL": dsn, "APP_ENV": "local"}
        done = subprocess.run(
            [alembic, "upgrade", "head"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        listed = query(dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = {row["tablename"] for row in listed}
    assert tables.issuperset(IKIGAI_TABLES)
    assert tables.issuperset({SESSIONS, "riasec_results", "career_recommendations"})


async def test_finding_12_content_says_whether_it_came_from_the_cache(
    player: Player, sim: OpenRouterSim
) -> None:
    started = await player.start()
    await player.submit_riasec(started, **TRIPLE)
    token = started["session_token"]
    fresh = await player.ok_post("/ikigai/start", {"session_token": token})
    cached = await player.ok_get(f"/ikigai/content/{token}")
    again = await player.ok_post("/ikigai/start", {"session_token": token})
    assert (fresh["from_cache"], fresh["regenerated"]) == (False, True)
    assert (cached["from_cache"], cached["regenerated"]) == (True, False)
    assert (again["from_cache"], again["regenerated"]) == (True, False)
    assert cached["generated_at"] == fresh["generated_at"]
    assert sim.count("ikigai_content") == 1


class TestFinding13:
    def test_finding_13_min_max_normalisation_exists_exactly_once(self) -> None:
        assert [name for name, tree in modules() for _ in min_max_formulas(tree)] == [
            "career_profile/ikigai/ranking.py"
        ]

    def test_finding_13_nothing_deprecated_is_imported(self) -> None:
        imported = [
            f"{name}: {alias.name}"
            for name, tree in modules()
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            if "min_max" in alias.name.lower() or "deprecated" in alias.name.lower()
        ]
        assert imported == []
