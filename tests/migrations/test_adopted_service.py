"""The service on tables that others began: old runs do no harm, new ones go through."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.main import create_app
from app.migrations import upgrade_to_head
from app.reference.seed import seed_reference_data
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.starting_points import SESSIONS, USER, beside_go, load

FOREIGN = {"early-8": "status = 'cancelled'", "early-9": "test_goal = 'CAREER_PLANNING'"}


@pytest.fixture
def engine(server_dsn: str) -> Iterator[Engine]:
    """The database outlives the application."""
    with beside_go(server_dsn) as engine:
        load(engine, "fit_check_text")
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {SESSIONS} ADD COLUMN test_goal text"))
            connection.execute(text(f"UPDATE {SESSIONS} SET test_goal = 'RECOMMENDATION'"))
            for token, change in FOREIGN.items():
                connection.execute(
                    text(f"UPDATE {SESSIONS} SET {change} WHERE session_token = '{token}'")
                )
        upgrade_to_head(engine)
        seed_reference_data(engine, with_demo=True)
        yield engine


async def test_journey_and_fit_check(
    engine: Engine, make_settings: MakeSettings, make_client: MakeClient
) -> None:
    settings = make_settings(database_url=url_of(engine))
    player = Player(await make_client(create_app(settings)), settings, UUID(USER))

    listed = await player.ok_get("/sessions")
    assert [item["session_token"] for item in listed["items"]] == ["early-7"]
    for token in FOREIGN:
        assert (await player.get(f"/sessions/{token}")).status_code == 404
    exported = {
        item["session_token"]: item for item in (await player.ok_get("/me/export"))["items"]
    }
    assert exported.keys() == {"early-7", *FOREIGN}
    assert exported["early-8"]["status"] == "cancelled"
    assert exported["early-9"]["fit_check_result"]["match_category"] == "VERY HIGH"

    done = await player.answer_all(await player.reach_ikigai())
    assert done["status"] == "completed"
    started = await player.start_fit_check(1)
    await player.submit_riasec(started, R=5, I=4)
    verdict = await player.ok_get(f"/result/fit-check/{started['session_token']}")
    with engine.connect() as connection:
        stored = connection.scalar(
            text("SELECT match_category FROM fit_check_results ORDER BY id DESC LIMIT 1")
        )
    assert stored in {"HIGH", "MEDIUM", "LOW"}
    assert stored in str(verdict)


class TestAnswersUnderWay:
    """`completed_at DEFAULT now()` has set it in a run with one answer."""

    @pytest.mark.parametrize("lacks_completed", [False, True])
    async def test_the_run_goes_on(
        self,
        server_dsn: str,
        make_settings: MakeSettings,
        make_client: MakeClient,
        lacks_completed: bool,
    ) -> None:
        with beside_go(server_dsn) as engine:
            load(engine, "unfinished_answers")
            if lacks_completed:
                with engine.begin() as connection:
                    connection.execute(text("ALTER TABLE ikigai_responses DROP COLUMN completed"))
            upgrade_to_head(engine)
            assert marks_of(engine) == [(False, True), (lacks_completed, lacks_completed)]
            settings = make_settings(database_url=url_of(engine))
            player = Player(await make_client(create_app(settings)), settings, UUID(USER))
            for dimension in DIMENSIONS[1:3]:
                body_of(await player.answer("under-way", dimension))
            assert marks_of(engine)[0] == (False, False)


def marks_of(engine: Engine) -> list[tuple[bool, bool]]:
    """By session: `completed`, and whether there is a `completed_at`."""
    marks = "SELECT completed, completed_at IS NOT NULL FROM ikigai_responses ORDER BY id"
    with engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(marks))]


def url_of(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
