"""What is told in one process arrives on streams of another, and nobody misses anything."""

import asyncio
import json

import httpx
import pytest
from sqlalchemy import Engine, text

from app.chat.notifications import stages
from app.chat.notifications.repository import publish
from tests.chat.notifications.conftest import STREAM, Person, frame_of
from tests.support.processes import wait_until

RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"


class TestAcrossProcesses:
    async def test_event_and_frame_on_another_server(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        async with person.follow(servers[0]) as events, person.converse(servers[1]) as socket:
            person.tell(stages.chatbot_ready(RUN, "c-1"))
            event = await events.next()
            frame = await frame_of(socket)
        assert event is not None
        assert event.name == "notification"
        assert event.data.pop("timestamp").endswith("Z")
        assert event.data == {
            "id": int(event.id or 0),
            "stage": "chatbot_ready",
            "title": "Penasihat kariermu siap",
            "message": "Yuk, ngobrol tentang hasilmu. Sudah ada beberapa pertanyaan untuk memulai.",
            "progress": 100,
            "assessmentId": RUN,
            "action": {"type": "redirect", "url": f"/assessment/{RUN}/results"},
            "conversation_id": "c-1",
            "message_id": None,
            "delivered_at": None,
        }
        assert frame["type"] == "notification"
        assert frame["data"]["id"] == event.data["id"]

    async def test_in_order_and_once(self, person: Person, servers: tuple[str, str]) -> None:
        async with person.follow(servers[0]) as events:
            for number in range(50):
                person.tell(stages.message_completed("c-1", f"m-{number}"))
            seen = [await events.next() for _ in range(50)]
        assert [event.data["message_id"] for event in seen if event] == [
            f"m-{number}" for number in range(50)
        ]

    async def test_nothing_of_a_transaction_that_rolls_back(
        self, person: Person, servers: tuple[str, str], engine: Engine
    ) -> None:
        async with person.follow(servers[0]) as events:
            with engine.connect() as connection:
                publish(connection, person.user_id, stages.analysis_started(RUN))
                connection.rollback()
            person.tell(stages.analysis_complete(RUN))
            event = await events.next()
        assert event is not None
        assert event.data["stage"] == "analysis_complete"
        assert [stage for _, stage, _ in person.stored()] == ["analysis_complete"]

    async def test_nothing_of_somebody_else(
        self, person: Person, stranger: Person, servers: tuple[str, str]
    ) -> None:
        async with person.follow(servers[0]) as events, person.converse(servers[0]) as socket:
            stranger.tell(stages.analysis_started(RUN))
            person.tell(stages.analysis_complete(RUN))
            event, frame = await events.next(), await frame_of(socket)
        assert event is not None
        assert event.data["stage"] == frame["data"]["stage"] == "analysis_complete"


class TestOffline:
    async def test_what_was_told_meanwhile_comes_on_connecting(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        person.tell(stages.assessment_submitted(RUN), stages.analysis_started(RUN))
        person.tell(stages.analysis_complete(RUN))
        async with person.follow(servers[0]) as events:
            seen = [await events.next() for _ in range(3)]
        assert [event.data["progress"] for event in seen if event] == [25, 50, 75]
        assert wait_until(lambda: person.delivered() == [True] * 3)

    async def test_what_was_sent_does_not_come_again(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        person.tell(stages.assessment_submitted(RUN))
        async with person.follow(servers[0]) as events:
            await events.next()
        assert wait_until(lambda: person.delivered() == [True])
        person.tell(stages.analysis_started(RUN))
        async with person.follow(servers[1]) as events:
            event = await events.next()
        assert event is not None
        assert event.data["stage"] == "analysis_started"

    async def test_last_event_id_brings_what_came_since(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        """Also what another device was sent meanwhile."""
        person.tell(*(stages.message_completed("c-1", f"m-{n}") for n in range(4)))
        async with person.follow(servers[0]) as events:
            seen = [await events.next() for _ in range(4)]
        assert wait_until(lambda: person.delivered() == [True] * 4)
        second = seen[1]
        assert second is not None
        async with person.follow(servers[1], last_event_id=second.id) as events:
            again = [await events.next() for _ in range(2)]
        async with person.converse(servers[1], last_event_id=int(second.id or 0)) as socket:
            frames = [await frame_of(socket) for _ in range(2)]
        assert [event.data["message_id"] for event in again if event] == ["m-2", "m-3"]
        assert [frame["data"]["message_id"] for frame in frames] == ["m-2", "m-3"]

    async def test_more_than_one_page_of_them(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        person.tell(*(stages.message_completed("c-1", f"m-{n}") for n in range(250)))
        async with person.follow(servers[0]) as events:
            seen = [await events.next() for _ in range(250)]
        assert [event.data["message_id"] for event in seen if event] == [
            f"m-{n}" for n in range(250)
        ]

    async def test_acknowledged_frames_only(self, person: Person, servers: tuple[str, str]) -> None:
        person.tell(*(stages.message_completed("c-1", f"m-{n}") for n in range(2)))
        async with person.converse(servers[0], acknowledges=True) as socket:
            first, second = [await frame_of(socket) for _ in range(2)]
            await socket.send(json.dumps({"type": "acknowledge", "id": second["data"]["id"]}))
            assert await asyncio.to_thread(wait_until, lambda: any(person.delivered()))
        assert person.delivered() == [False, True]
        async with person.follow(servers[1]) as events:
            event = await events.next()
        assert event is not None
        assert event.data["id"] == first["data"]["id"]


def listeners(engine: Engine, each: str) -> int:
    """How many connections listen, now or until `each` has ended them."""
    statement = text(
        f"SELECT {each} FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'kenali-diri-listener'"
    )
    with engine.begin() as connection:
        return len(connection.execute(statement).all())


class TestOutages:
    async def test_listening_connection_killed(
        self, person: Person, servers: tuple[str, str], engine: Engine
    ) -> None:
        async with person.follow(servers[0]) as events, person.converse(servers[1]) as socket:
            assert await asyncio.to_thread(wait_until, lambda: listeners(engine, "pid") == 2)
            for number in range(3):
                listeners(engine, "pg_terminate_backend(pid)")
                person.tell(stages.message_completed("c-1", f"m-{number}"))
                event, frame = await events.next(), await frame_of(socket)
                assert event is not None
                assert event.data["message_id"] == frame["data"]["message_id"] == f"m-{number}"


class TestLimits:
    async def test_the_oldest_of_too_many_gives_way(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        async with (
            person.follow(servers[0]) as oldest,
            person.converse(servers[0]) as socket,
            person.follow(servers[0]),
            person.follow(servers[0]) as newest,
        ):
            event = await oldest.next()
            person.tell(stages.analysis_started(RUN))
            assert (await newest.next()) is not None
            assert (await frame_of(socket))["type"] == "notification"
        assert event is not None
        assert (event.name, event.data) == ("end", {"reason": "replaced"})

    async def test_ends_with_the_login(self, person: Person, servers: tuple[str, str]) -> None:
        async with person.follow(servers[0], lifetime_s=2) as events:
            event = await events.next()
            assert event is not None
            assert (event.name, event.data) == ("end", {"reason": "expired"})
            assert await events.next() is None

    @pytest.mark.parametrize("given", ["abc", "-1", "0", "1.5", "9" * 30])
    async def test_no_such_last_event_id(
        self, person: Person, servers: tuple[str, str], given: str
    ) -> None:
        headers = {**person.headers(), "Last-Event-ID": given}
        async with httpx.AsyncClient() as client:
            response = await client.get(servers[0] + STREAM, headers=headers)
        assert response.status_code == 422

    async def test_head_does_not_open_a_stream(
        self, person: Person, servers: tuple[str, str]
    ) -> None:
        async with httpx.AsyncClient() as client:
            response = await client.head(servers[0] + STREAM, headers=person.headers())
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
