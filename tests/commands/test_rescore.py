"""`python -m app rescore`: a stored result is proven from its trace, or what differs is named."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from app.__main__ import main
from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.rows import SESSIONS, add_fit_check, execute, rows_of
from tests.support.sim_faults import status

Rescore = Callable[[str], tuple[int, str, str]]
OK = "ok: the stored result is what its trace leads to\n"


@pytest.fixture
def rescore(
    database_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Rescore:
    """Runs the command; its exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.environment.configure_logging", lambda *_, **__: None)
    for name, value in {
        "APP_ENV": "local",
        "DATABASE_URL": database_dsn,
        "JWT_SECRET": uuid4().hex,
    }.items():
        monkeypatch.setenv(name, value)

    def run(token: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(["rescore", token])
        except SystemExit as end:
            code = int(end.code or 0)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def tamper(engine: Engine, token: str, table: str, column: str, change: str) -> None:
    statement = (
        f"UPDATE {table} t SET {column} = {change} FROM {SESSIONS} s"
        " WHERE s.id = t.test_session_id AND s.session_token = :token"
    )
    assert execute(engine, statement, token=token) == 1


async def finished(player: Player) -> str:
    """On the split path, with a click and a text without a click."""
    token = await player.reach_ikigai(R=5, S=5)
    content = await player.ok_get(f"/ikigai/content/{token}")
    clicked = content["candidates_with_content"][2]["profession_id"]
    for number, dimension in enumerate(DIMENSIONS):
        selected = clicked if number % 2 else None
        body_of(await player.answer(token, dimension, selected=selected))
    return token


class TestProven:
    async def test_a_finished_run(
        self, player: Player, engine: Engine, rescore: Rescore, sim: OpenRouterSim
    ) -> None:
        token = await finished(player)
        before, calls = rows_of(engine, player.user_id), len(sim.calls)
        assert rescore(token) == (0, OK, "")
        assert rows_of(engine, player.user_id) == before
        assert len(sim.calls) == calls  # offline

    async def test_with_a_dimension_that_failed_and_one_withheld(
        self, player: Player, rescore: Rescore, sim: OpenRouterSim
    ) -> None:
        token = await player.reach_ikigai(I=5, C=5, E=5)
        body_of(await player.answer(token, DIMENSIONS[0], "Jujur saja aku ingin mati sekarang."))
        sim.script("ikigai_scoring", status(400))  # one of the other three
        for dimension in DIMENSIONS[1:3]:
            body_of(await player.answer(token, dimension))
        done = body_of(await player.answer(token, DIMENSIONS[3]))
        assert len(done["quality"]["fallback_dimensions"]) == 1
        assert rescore(token) == (0, OK, "")

    @pytest.mark.parametrize("judged", [{"r_raw": 0.123456}, {"k": 0.07, "s": 0.33, "b": 0.91}])
    async def test_with_sub_scores_of_any_spelling(
        self, player: Player, rescore: Rescore, sim: OpenRouterSim, judged: dict[str, float]
    ) -> None:
        answer_well(sim, lambda _d, name: judged if len(name) % 2 else {"k": 1, "s": 0, "b": 1e-05})
        assert rescore(await finished(player)) == (0, OK, "")


class TestDiffers:
    async def test_a_changed_total(self, player: Player, engine: Engine, rescore: Rescore) -> None:
        token = await finished(player)
        path = "'{profession_scores,0,total_score}'"
        tamper(
            engine,
            token,
            "ikigai_total_scores",
            "scores_data",
            f"jsonb_set(scores_data, {path}, '99.5')",
        )
        assert rescore(token) == (
            1,
            "differs: ikigai_total_scores.scores_data.profession_scores[0].total_score\n",
            "",
        )

    async def test_another_winner_in_the_columns(
        self, player: Player, engine: Engine, rescore: Rescore
    ) -> None:
        token = await finished(player)
        tamper(engine, token, "career_recommendations", "top_profession1_id", "1000000")
        assert rescore(token) == (1, "differs: top_profession_ids[2]\n", "")

    async def test_many_paths_are_one_line(
        self, player: Player, engine: Engine, rescore: Rescore
    ) -> None:
        token = await finished(player)
        path = "'{trace,what_you_love,candidates,0,k}'"
        change = f"jsonb_set(scores_data, {path}, '0.98')"
        tamper(engine, token, "ikigai_dimension_scores", "scores_data", change)
        code, out, err = rescore(token)
        assert (code, err, out.count("\n")) == (1, "", 1)
        assert "scores_data.dimension_scores.what_you_love[0].r_raw" in out
        assert out.endswith(" more\n")

    async def test_another_evidence_floor(
        self, player: Player, rescore: Rescore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = await finished(player)
        monkeypatch.setenv("EVIDENCE_FLOOR", "0.9")
        code, out, _ = rescore(token)
        assert code == 1
        assert "ikigai_dimension_scores.scores_data" in out


class TestRefused:
    def test_an_unknown_token(self, rescore: Rescore) -> None:
        assert rescore(str(uuid4())) == (
            1,
            "",
            "kenali-diri: there is no session with this token\n",
        )

    async def test_a_run_under_way(self, player: Player, rescore: Rescore) -> None:
        token = await player.reach_ikigai()
        assert rescore(token) == (
            1,
            "",
            "kenali-diri: the session has no stored recommendation (it is ikigai_ongoing)\n",
        )

    def test_a_fit_check(self, player: Player, engine: Engine, rescore: Rescore) -> None:
        token = add_fit_check(engine, player.user_id, "completed")
        code, out, err = rescore(token)
        assert (code, out) == (1, "")
        assert err.startswith("kenali-diri: the session has no stored recommendation")

    async def test_a_run_from_before_the_trace(
        self, player: Player, engine: Engine, rescore: Rescore
    ) -> None:
        token = await finished(player)
        tamper(engine, token, "ikigai_dimension_scores", "scores_data", "scores_data - 'trace'")
        assert rescore(token) == (
            1,
            "",
            "kenali-diri: the session was scored before traces were kept\n",
        )
