"""POST /riasec/submit and its result: what is refused leaves no trace, replays are answered."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from app.core.database import psycopg2_url
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import copy_of
from tests.support.player import Player, add_user, letter_of, sheet
from tests.support.problems import assert_problem
from tests.support.rows import SESSIONS, counts_of, rows_of, status_of

SUBMIT = "/riasec/submit"
AFTER_SUBMIT = {
    SESSIONS: 1,
    "kenalidiri_history": 1,
    "riasec_question_sets": 1,
    "riasec_responses": 1,
    "riasec_results": 1,
    "ikigai_candidate_professions": 1,
}


def foreign_id(started: dict[str, Any]) -> int:
    """An item of the bank that is not in this set."""
    return next(qid for qid in range(1, 73) if qid not in started["question_ids"])


class TestSheet:
    """Exactly the issued set, once each; the ids that are wrong are named."""

    async def _refused(
        self, player: Player, engine: Engine, body: dict[str, Any]
    ) -> dict[str, Any]:
        before = rows_of(engine, player.user_id)
        problem = assert_problem(await player.post(SUBMIT, body), 400, "question_set_mismatch")
        assert rows_of(engine, player.user_id) == before
        return problem

    async def test_missing(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5)
        dropped = [body["responses"].pop()["question_id"] for _ in range(2)]
        problem = await self._refused(player, engine, body)
        assert sorted(problem["missing_question_ids"]) == sorted(dropped)
        assert problem["extra_question_ids"] == problem["duplicate_question_ids"] == []

    async def test_extra(self, player: Player, engine: Engine) -> None:
        started = await player.start()
        body = sheet(started, I=5)
        body["responses"].append({"question_id": foreign_id(started), "answer_value": 3})
        problem = await self._refused(player, engine, body)
        assert problem["extra_question_ids"] == [foreign_id(started)]
        assert problem["missing_question_ids"] == problem["duplicate_question_ids"] == []

    async def test_beyond_the_bank(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5)
        body["responses"].append({"question_id": 2**53 - 1, "answer_value": 3})
        problem = await self._refused(player, engine, body)
        assert problem["extra_question_ids"] == [2**53 - 1]

    async def test_duplicate(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5)
        body["responses"].append(body["responses"][4])
        problem = await self._refused(player, engine, body)
        assert problem["duplicate_question_ids"] == [body["responses"][4]["question_id"]]
        assert problem["missing_question_ids"] == problem["extra_question_ids"] == []

    async def test_nothing_answered(self, player: Player, engine: Engine) -> None:
        started = await player.start()
        body = {"session_token": started["session_token"], "responses": []}
        problem = await self._refused(player, engine, body)
        assert problem["missing_question_ids"] == sorted(started["question_ids"])

    async def test_the_full_form_with_all_twice(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(riasec_form="full")
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        body = sheet(await player.start(), I=5)
        body["responses"] *= 2
        problem = await self._refused(player, engine, body)
        assert problem["duplicate_question_ids"] == list(range(1, 73))

    async def test_wrong_question_type(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5)
        before = rows_of(engine, player.user_id)
        for item in body["responses"]:
            item["question_type"] = letter_of(item["question_id"])
        wrong = body["responses"][7]
        wrong["question_type"] = "S" if letter_of(wrong["question_id"]) != "S" else "R"
        problem = assert_problem(await player.post(SUBMIT, body), 400, "question_type_mismatch")
        assert problem["question_ids"] == [wrong["question_id"]]
        assert rows_of(engine, player.user_id) == before

    async def test_right_question_types_in_any_order(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5, C=4)
        for item in body["responses"]:
            item["question_type"] = letter_of(item["question_id"])
        body["responses"].reverse()
        await player.ok_post(SUBMIT, body)
        assert counts_of(engine, player.user_id) == AFTER_SUBMIT


class TestValidity:
    """Short form: refused when flat or the total is below 20, warned below 25."""

    @pytest.mark.parametrize(
        "values", [dict.fromkeys("RIASEC", 5), {}, {"I": 4}], ids=["flat high", "flat low", "18"]
    )
    async def test_refused(self, player: Player, engine: Engine, values: dict[str, int]) -> None:
        started = await player.start()
        before = rows_of(engine, player.user_id)
        response = await player.post(SUBMIT, sheet(started, **values))
        assert_problem(response, 422, "invalid_profile")
        assert rows_of(engine, player.user_id) == before
        assert status_of(engine, started["session_token"]) == "riasec_ongoing"

    async def test_may_be_answered_again(self, player: Player) -> None:
        started = await player.start()
        await player.post(SUBMIT, sheet(started))
        assert (await player.submit_riasec(started, I=5, C=4))["status"] == "riasec_completed"

    @pytest.mark.parametrize(
        ("values", "warned"),
        [({"I": 5}, True), ({"I": 5, "C": 3}, True), ({"I": 5, "C": 4}, False)],
        ids=["20", "24", "26"],
    )
    async def test_warned(self, player: Player, values: dict[str, int], warned: bool) -> None:
        started = await player.start()
        body = await player.submit_riasec(started, **values)
        assert (body["validity_warning"] is not None) is warned
        again = await player.ok_get(f"/riasec/result/{started['session_token']}")
        assert again == body


class TestReplay:
    async def test_the_very_same_answers(self, player: Player, engine: Engine) -> None:
        started = await player.start()
        first = await player.submit_riasec(started, I=5, C=4)
        stored = rows_of(engine, player.user_id)
        body = sheet(started, I=5, C=4)
        body["responses"].reverse()
        assert await player.ok_post(SUBMIT, body) == first
        assert rows_of(engine, player.user_id) == stored

    async def test_after_ikigai_started(self, player: Player, engine: Engine) -> None:
        started = await player.start()
        first = await player.submit_riasec(started, I=5, C=4)
        await player.ok_post("/ikigai/start", {"session_token": started["session_token"]})
        stored = rows_of(engine, player.user_id)
        again = await player.submit_riasec(started, I=5, C=4)
        assert again == {**first, "status": "ikigai_ongoing"}
        assert rows_of(engine, player.user_id) == stored

    async def test_after_completion(self, player: Player) -> None:
        started = await player.start()
        await player.submit_riasec(started, I=5, C=4)
        await player.ok_post("/ikigai/start", {"session_token": started["session_token"]})
        await player.answer_all(started["session_token"])
        assert (await player.submit_riasec(started, I=5, C=4))["status"] == "completed"

    @pytest.mark.parametrize("given", ["another", "", "same same", "another same"])
    async def test_other_answers(self, player: Player, engine: Engine, given: str) -> None:
        """To the last question."""
        started = await player.start()
        await player.submit_riasec(started, I=5, C=4)
        stored = rows_of(engine, player.user_id)
        body = sheet(started, I=5, C=4)
        last = body["responses"].pop()
        answers = {"same": last, "another": {**last, "answer_value": 3}}
        body["responses"] += [answers[name] for name in given.split()]
        assert_problem(await player.post(SUBMIT, body), 400, "riasec_already_submitted")
        assert rows_of(engine, player.user_id) == stored


class TestResult:
    async def test_before_the_submission(self, player: Player) -> None:
        token = (await player.start())["session_token"]
        response = await player.get(f"/riasec/result/{token}")
        assert_problem(response, 400, "invalid_session_status")

    async def test_scores_and_shape(self, player: Player) -> None:
        started = await player.start()
        body = await player.submit_riasec(started, I=5, C=4, E=4, R=2)
        assert body["scores"] == {"R": 4, "I": 10, "A": 2, "S": 2, "E": 8, "C": 8}
        assert body["riasec_code_info"]["riasec_code"] == "I"
        assert (body["classification_type"], body["next_step"]) == ("single", "ikigai")
        assert body["total_candidates"] == len(body["candidates"]) <= 30
        assert body["display_candidates_count"] == min(5, body["total_candidates"])
        orders = [item["display_order"] for item in body["candidates"]]
        assert orders == list(range(1, len(orders) + 1))


class TestFormOfTheSession:
    async def test_scored_by_its_own_version(
        self, player: Player, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        """A total of 52 is below the full form's refusal, and fine for the short form."""
        started = await player.start()
        settings = make_settings(riasec_form="full")
        later = Player(await make_client(create_app(settings)), settings, player.user_id)
        questions = await later.ok_get(f"/riasec/questions/{started['session_token']}")
        assert (questions["form"], questions["total_questions"]) == ("short", 12)
        assert [q["question_id"] for q in questions["questions"]] == started["question_ids"]
        body = await later.submit_riasec(started, R=5, I=5, A=5, S=4, E=4, C=3)
        assert body["validity_warning"] is None
        assert sum(body["scores"].values()) == 52

    async def test_a_full_form_after_the_setting_went_back(
        self, player: Player, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        settings = make_settings(riasec_form="full")
        earlier = Player(await make_client(create_app(settings)), settings, player.user_id)
        started = await earlier.start()
        response = await player.post(SUBMIT, sheet(started, I=4))
        assert_problem(response, 422, "invalid_profile")  # 60 + 48 = 108 < 120
        body = await player.submit_riasec(started, I=5, C=2)
        assert body["validity_warning"] is not None  # 48 + 60 + 24 = 132 < 150
        assert body["scores"]["I"] == 60


@pytest.fixture(scope="module")
def empty_catalogue(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"empty_catalogue_{worker_id}") as dsn:
        engine = create_engine(psycopg2_url(dsn))
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE professions CASCADE"))
        engine.dispose()
        yield dsn


class TestEmptyCatalogue:
    async def test_no_candidates(
        self, empty_catalogue: str, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        settings = make_settings(database_url=empty_catalogue)
        client = await make_client(create_app(settings))
        engine = create_engine(psycopg2_url(empty_catalogue))
        player = Player(client, settings, add_user(engine))
        started = await player.start()
        before = rows_of(engine, player.user_id)
        response = await player.post(SUBMIT, sheet(started, I=5, C=4))
        assert_problem(response, 409, "no_candidates")
        assert rows_of(engine, player.user_id) == before
        assert status_of(engine, started["session_token"]) == "riasec_ongoing"
        engine.dispose()
