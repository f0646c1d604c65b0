"""The instrument of the chaos harness: it finds what is lost, doubled or left unfinished."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from tests.chaos.__main__ import is_clean, told
from tests.chaos.audit import Findings, audit, unfinished
from tests.chaos.harness import FINISHED_WITHIN_S, Report, arrive
from tests.chaos.traveller import Ledger, Promises
from tests.support.finalized import answer_fourth_by_hand, three_answered
from tests.support.player import DIMENSIONS, TEXT, Player
from tests.support.rows import SESSIONS, delete_session, execute

CLEAN = Report(1, 1.0, Ledger(), Findings(), 0, 0, 1.0, 0)
OF_THE_SESSION = f"(SELECT id FROM {SESSIONS} WHERE session_token = :token)"
LOSSES = {
    "an answer": "UPDATE ikigai_responses SET dimension_2_good_at = jsonb_set(dimension_2_good_at,"
    f" '{{reasoning_text}}', '\"\"') WHERE test_session_id = {OF_THE_SESSION}",
    "what_you_are_good_at": "UPDATE ikigai_responses SET dimension_2_good_at = NULL"
    f" WHERE test_session_id = {OF_THE_SESSION}",
    "sheet": f"DELETE FROM riasec_responses WHERE test_session_id = {OF_THE_SESSION}",
    "result": f"DELETE FROM ikigai_total_scores WHERE test_session_id = {OF_THE_SESSION}",
    "career_recommendations": "DELETE FROM career_recommendations"
    f" WHERE test_session_id = {OF_THE_SESSION}",
    "history": "UPDATE kenalidiri_history SET status = 'ongoing'"
    f" WHERE detail_session_id = {OF_THE_SESSION}",
}
DOUBLES = {
    "history": "INSERT INTO kenalidiri_history (user_id, test_category_id, detail_session_id,"
    " status) SELECT user_id, test_category_id, detail_session_id, status FROM kenalidiri_history"
    f" WHERE detail_session_id = {OF_THE_SESSION}",
    "sessions of the user": f"INSERT INTO {SESSIONS} (user_id, session_token, status)"
    f" SELECT user_id, gen_random_uuid()::text, status FROM {SESSIONS} WHERE id = {OF_THE_SESSION}",
}


async def promised(player: Player) -> Promises:
    """What a person was told who played to the end."""
    token = await three_answered(player)
    done = (await player.answer(token, DIMENSIONS[3])).json()
    run = (await player.ok_get("/me/export"))["items"][0]
    sheet = {
        item["question_id"]: item["answer_value"] for item in run["riasec_responses"]["responses"]
    }
    top_two = [top["profession_id"] for top in done["top_2_professions"]]
    return Promises(player.user_id, token, sheet, dict.fromkeys(DIMENSIONS, TEXT), top_two)


class TestAudit:
    async def test_what_is_there_once(self, player: Player, engine: Engine) -> None:
        promises = await promised(player)
        assert audit(engine, [promises]) == Findings(answers=7, completed=1)

    @pytest.mark.parametrize("name", LOSSES)
    async def test_what_is_lost(self, player: Player, engine: Engine, name: str) -> None:
        promises = await promised(player)
        assert execute(engine, LOSSES[name], token=promises.token) == 1
        assert audit(engine, [promises]).lost
        never_asked = Promises(player.user_id, promises.token)
        is_of_the_result = name in {"result", "career_recommendations", "sheet", "history"}
        assert bool(audit(engine, [never_asked]).lost) == is_of_the_result

    @pytest.mark.parametrize("name", DOUBLES)
    async def test_what_is_doubled(self, player: Player, engine: Engine, name: str) -> None:
        promises = await promised(player)
        assert execute(engine, DOUBLES[name], token=promises.token) == 1
        assert audit(engine, [promises]).doubled == [f"{promises.token} {name}"]

    async def test_a_session_that_is_gone(self, player: Player, engine: Engine) -> None:
        promises = await promised(player)
        delete_session(engine, promises.token)
        assert audit(engine, [promises]).lost == [f"{promises.token} session"]


class TestUnfinished:
    @pytest.mark.parametrize("marked", ["true", "false"])
    async def test_by_its_answers(self, player: Player, engine: Engine, marked: str) -> None:
        """Whatever the row says of itself."""
        token = await three_answered(player)
        before = unfinished(engine)
        answer_fourth_by_hand(engine, token)
        execute(
            engine,
            f"UPDATE ikigai_responses SET completed = {marked}, completed_at ="
            f" CASE WHEN {marked} THEN now() END WHERE test_session_id = {OF_THE_SESSION}",
            token=token,
        )
        assert unfinished(engine) == before + 1
        delete_session(engine, token)


class TestVerdict:
    def test_clean(self) -> None:
        assert is_clean(CLEAN)

    @pytest.mark.parametrize(
        "report",
        [
            replace(CLEAN, stranded=1),
            replace(CLEAN, unfinished=1),
            replace(CLEAN, findings=Findings(lost=["x"])),
            replace(CLEAN, findings=Findings(doubled=["x"])),
            replace(CLEAN, ledger=Ledger(server_errors=["x"])),
        ],
        ids=["stranded", "unfinished", "lost", "doubled", "server error"],
    )
    def test_not_clean(self, report: Report) -> None:
        assert not is_clean(report)
        assert f"bound {FINISHED_WITHIN_S:.0f} s" in told(report)

    async def test_an_app_that_never_arrives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The harness ends, and says so, instead of waiting for ever."""
        monkeypatch.setattr("tests.chaos.harness.FINISHED_WITHIN_S", 0.05)
        async with asyncio.TaskGroup() as group:
            apps = [group.create_task(asyncio.sleep(seconds)) for seconds in (0, 3600)]
            assert await arrive(apps) == 1
