"""What is done for sessions that nobody looks after: found again, or let go."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine, text

from app.career_profile.upkeep.repository import count_awaiting
from app.chat.gauges.repository import count_conversations
from app.chat.gauges.service import Count
from app.core.clock import utc_now
from app.core.exposition import exposition
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import MakeClient
from tests.support.finalized import answer_fourth_by_hand, three_answered
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.rows import SESSIONS, execute, forget_candidates, status_of
from tests.support.scrape import Scrape
from tests.support.working import app_of, jobs_of

FINALIZE = "finalize_session"
COMPLETE_ALL = f"UPDATE {SESSIONS} SET status = 'completed', completed_at = now()"


@pytest.fixture
def nobody_waits(own_engine: Engine) -> Iterator[None]:
    """The sessions of other tests are over, and so are this one's for the next."""
    execute(own_engine, COMPLETE_ALL)
    yield
    execute(own_engine, COMPLETE_ALL)


def awaiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return count_awaiting(connection)["sessions_awaiting"]


class TestUpkeep:
    async def test_finds_what_has_no_job_once(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        upkeep = create_app(idle).state.services.session_upkeep
        await upkeep.enqueue_unfinished()
        assert jobs_of(own_engine, FINALIZE) == []  # three answers are not four
        answer_fourth_by_hand(own_engine, token)
        for _ in range(2):
            await upkeep.enqueue_unfinished()
            assert jobs_of(own_engine, FINALIZE) == [("todo", 0)]
        execute(own_engine, "DELETE FROM procrastinate_jobs")

    @pytest.mark.usefixtures("nobody_waits")
    async def test_lets_go_what_has_no_candidate_left(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        assert awaiting(own_engine) == 1
        forget_candidates(own_engine, token)
        assert awaiting(own_engine) == 0
        upkeep = create_app(idle).state.services.session_upkeep
        await upkeep.enqueue_unfinished()
        assert jobs_of(own_engine, FINALIZE) == []

    @pytest.mark.usefixtures("nobody_waits")
    @pytest.mark.parametrize(
        "candidates", ["{}", "[1]", '{"candidates": [{"profession_id": "x"}]}']
    )
    async def test_a_document_of_others_does_no_harm(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient, candidates: str
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        answer_fourth_by_hand(own_engine, await three_answered(player))
        execute(
            own_engine,
            "UPDATE ikigai_candidate_professions SET candidates_data = CAST(:data AS jsonb)",
            data=candidates,
        )
        assert awaiting(own_engine) == 0

    @pytest.mark.usefixtures("nobody_waits")
    async def test_tells_who_waits_for_a_result_and_how_long(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        in_an_hour = create_app(idle, clock=lambda: utc_now() + timedelta(hours=1))
        gauges = in_an_hour.state.chat.gauges

        async def told(name: str) -> float:
            await gauges.measure(count_awaiting)
            await gauges.publish()
            return Scrape(exposition().decode()).value(name)

        assert await told("sessions_awaiting_result") == 0
        assert await told("sessions_awaiting_result_oldest_seconds") == 0
        answer_fourth_by_hand(own_engine, token)
        assert await told("sessions_awaiting_result") == 1
        waits_s = await told("sessions_awaiting_result_oldest_seconds")
        assert waits_s == pytest.approx(3600, abs=60)
        assert await told("worker_measurement_age_seconds") < 60
        execute(own_engine, COMPLETE_ALL)
        assert await told("sessions_awaiting_result") == 0

    async def test_untouched_for_thirty_days(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await player.reach_ikigai()
        body_of(await player.answer(token, DIMENSIONS[0]))
        old, recent = timedelta(days=31), timedelta(days=29)

        async def expire_after(wait: timedelta) -> str:
            app = create_app(idle, clock=lambda: utc_now() + wait)
            await app.state.services.session_upkeep.expire_sessions()
            return history_of(own_engine, player)

        assert await expire_after(recent) == "ongoing"
        assert await expire_after(old) == "abandoned"
        assert status_of(own_engine, token) == "ikigai_ongoing"
        for dimension in DIMENSIONS[1:]:
            body_of(await player.answer(token, dimension))
        assert status_of(own_engine, token) == "completed"
        assert history_of(own_engine, player) == "completed"
        assert await expire_after(old) == "completed"

    async def test_an_answer_is_a_touch(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await player.reach_ikigai()
        execute(
            own_engine,
            f"UPDATE {SESSIONS} SET started_at = now() - interval '90 days', riasec_completed_at ="
            " now() - interval '90 days' WHERE session_token = :token",
            token=token,
        )
        execute(own_engine, "UPDATE kenalidiri_history SET started_at = now() - interval '90 days'")
        execute(own_engine, "UPDATE ikigai_responses SET created_at = now() - interval '90 days'")
        body_of(await player.answer(token, DIMENSIONS[0]))
        upkeep = create_app(idle).state.services.session_upkeep
        await upkeep.expire_sessions()
        assert history_of(own_engine, player) == "ongoing"


def history_of(engine: Engine, player: Player) -> str:
    with engine.connect() as connection:
        return str(
            connection.scalar(
                text("SELECT status FROM kenalidiri_history WHERE user_id = :user"),
                {"user": player.user_id},
            )
        )


class TestAgeOfMeasurements:
    """What says that no worker counts, or that one of its counts fails."""

    @staticmethod
    async def told(client: httpx.AsyncClient) -> float:
        scrape = Scrape((await client.get("/metrics")).text)
        return scrape.value("worker_measurement_age_seconds")

    async def test_is_that_of_the_oldest(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        app = create_app(idle)
        client = await make_client(app)
        for count in (count_awaiting, count_conversations):
            await app.state.chat.gauges.measure(count)
        assert await self.told(client) < 60
        execute(
            own_engine,
            "UPDATE chat.gauges SET measured_at = now() - interval '1 hour'"
            " WHERE name LIKE 'sessions%'",
        )
        await app.state.chat.gauges.measure(count_conversations)
        assert await self.told(client) == pytest.approx(3600, abs=60)

    @pytest.mark.parametrize("counts", [(), (count_conversations,)], ids=["none", "one of two"])
    async def test_what_was_never_measured_is_as_old_as_the_server(
        self,
        idle: Settings,
        own_engine: Engine,
        make_client: MakeClient,
        counts: tuple[Count, ...],
    ) -> None:
        later = timedelta()

        def clock() -> datetime:
            return utc_now() + later

        execute(own_engine, "DELETE FROM chat.gauges")
        app = create_app(idle, clock=clock)
        client = await make_client(app)
        for count in counts:
            await app.state.chat.gauges.measure(count)
        assert await self.told(client) < 60
        later = timedelta(hours=1)
        assert await self.told(client) == pytest.approx(3600, abs=60)
