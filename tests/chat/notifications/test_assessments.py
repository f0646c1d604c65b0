"""A person plays on one server and follows on another: each step of the assessment is told."""

import httpx
from sqlalchemy import text

from tests.chat.notifications.conftest import Person
from tests.support.player import DIMENSIONS, Player, body_of


async def test_on_the_way_to_the_result(person: Person, servers: tuple[str, str]) -> None:
    async with (
        httpx.AsyncClient(base_url=servers[0], timeout=30) as client,
        person.follow(servers[1]) as events,
    ):
        player = Player(client, person.settings, person.user_id)
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        assert person.stored() == []
        body = body_of(await player.answer(token, DIMENSIONS[3]))
        assert body["status"] == "completed"
        told = [await events.next() for _ in range(3)]
        await player.answer(token, DIMENSIONS[3])  # sent again: nothing new
    assert [(event.data["stage"], event.data["progress"]) for event in told if event] == [
        ("assessment_submitted", 25),
        ("analysis_started", 50),
        ("analysis_complete", 75),
    ]
    assert {event.data["assessmentId"] for event in told if event} == {token}
    assert len(person.stored()) == 3


async def test_fit_check_has_its_scores_at_once(person: Person, servers: tuple[str, str]) -> None:
    with person.engine.connect() as connection:
        target = connection.execute(
            text("SELECT min(id) FROM professions WHERE riasec_code_id IS NOT NULL")
        ).scalar_one()
    async with httpx.AsyncClient(base_url=servers[0], timeout=30) as client:
        player = Player(client, person.settings, person.user_id)
        started = await player.start_fit_check(target)
        assert person.stored() == []
        await player.submit_riasec(started, I=5, C=4, E=3)
        await player.submit_riasec(started, I=5, C=4, E=3)  # sent again: nothing new
    assert [stage for _, stage, _ in person.stored()] == [
        "assessment_submitted",
        "analysis_started",
        "analysis_complete",
    ]
