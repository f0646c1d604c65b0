"""Finished assessments of an archive, over a real RabbitMQ."""

import asyncio
from contextlib import suppress
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from aio_pika import connect
from aio_pika.exceptions import PublishError

from app.chat.events.port import Received
from app.chat.events.rabbitmq import ANALYSIS_KEYS, Places
from app.core.errors import DatabaseUnavailable
from tests.chat.events.conftest import Jobs, StartService
from tests.chat.events.eye import Eye, camel, snake, some_id, until, until_there
from tests.support.rabbitmq_server import RabbitMQServer

UNREADABLE = [b"no json", b"[1]", b'{"userId": "x", "assessmentId": "y"}', b"x" * 100_000]


class TestIntake:
    async def test_both_keys_and_both_spellings(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        await start_service()
        user = uuid4()
        told = {some_id(): case for case in product(ANALYSIS_KEYS, (snake, camel))}
        for assessment, (key, spell) in told.items():
            await eye.tell(spell(user, assessment), key)
        await until_there(lambda: jobs(user), 4)
        found = {job["session_token"]: job["user_id"] for job in jobs(user)}
        assert found == dict.fromkeys(told, str(user))
        await until(lambda: eye.is_empty(eye.places.analyses))

    async def test_a_duplicate_is_accepted_once_whoever_gets_it(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        for _ in range(2):
            await start_service()
        user, assessment = uuid4(), some_id()
        for _ in range(10):
            await eye.tell(snake(user, assessment), message_id=f"m-{assessment}")
            await eye.tell(camel(user, assessment), message_id=" ")  # known by what it says
        other = uuid4()
        await eye.tell(snake(other, assessment))
        await until_there(lambda: jobs(other), 1)
        await until(lambda: eye.is_empty(eye.places.analyses))
        await until_there(lambda: jobs(user), 2)
        assert len(jobs(user)) == 2  # one by its id, one by its content

    @pytest.mark.parametrize("body", UNREADABLE, ids=["text", "list", "ids", "huge"])
    async def test_what_nobody_can_read_goes_to_the_dead_letters(
        self, start_service: StartService, eye: Eye, jobs: Jobs, body: bytes
    ) -> None:
        await start_service()
        user = uuid4()
        await eye.tell(body, message_id="poison")
        await eye.tell(snake(user, "after-it"))
        dead = await eye.next_of(eye.places.dead)
        assert (dead.body, dead.message_id) == (body, "poison")
        await until_there(lambda: jobs(user), 1)

    async def test_a_failure_of_ours_is_tried_again_later(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        failures = [DatabaseUnavailable(), ValueError("a mistake of ours")]

        async def receive(received: Received) -> bool:
            if failures:
                raise failures.pop()
            return await service.receive(received)

        service = await start_service(receive=receive)
        user = uuid4()
        await eye.tell(camel(user, "a-1"), message_id="kept")
        await until_there(lambda: jobs(user), 1)
        for queue in (eye.places.analyses, eye.places.retries, eye.places.dead):
            assert await eye.is_empty(queue)

    async def test_after_a_day_of_failures_it_joins_the_dead_letters(
        self, start_service: StartService, eye: Eye
    ) -> None:
        async def receive(_: Received) -> bool:
            raise DatabaseUnavailable

        await start_service(retry_delay_s=86_400.0, receive=receive)
        await eye.tell(snake(uuid4(), "a-1"), message_id="kept")
        dead = await eye.next_of(eye.places.dead)
        assert dead.message_id == "kept"

    async def test_what_was_committed_and_not_acknowledged_is_no_second_one(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        """The process dies between commit and acknowledgement: the broker tells the next one."""
        committed = asyncio.Event()

        async def receive(received: Received) -> bool:
            found = await first.receive(received)
            committed.set()
            await asyncio.Event().wait()
            return found

        first = await start_service(receive=receive)
        user = uuid4()
        await eye.tell(snake(user, "a-1"), message_id=some_id())
        async with asyncio.timeout(10):
            await committed.wait()
        link: Any = first.broker
        for task in link._in_hand:
            task.cancel()
        await first.broker.stop()
        await start_service()
        await until(lambda: eye.is_empty(eye.places.analyses))
        await eye.tell(snake(user, "a-2"))
        await until_there(lambda: jobs(user), 2)
        assert [job["session_token"] for job in jobs(user)] == ["a-1", "a-2"]


class TestBroker:
    async def test_an_exchange_of_another_kind_is_used_as_it_is(
        self,
        broker: RabbitMQServer,
        places: Places,
        start_service: StartService,
        eye: Eye,
        jobs: Jobs,
    ) -> None:
        async with await connect(broker.url) as connection, connection.channel() as channel:
            await channel.declare_exchange(places.exchange, "direct", durable=True)
        await start_service()
        user = uuid4()
        await eye.tell(snake(user, "a-1"))
        await until_there(lambda: jobs(user), 1)

    async def test_a_deleted_queue_is_made_again(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        await start_service()
        async with eye.connection.channel() as channel:
            await channel.queue_delete(eye.places.analyses)
        user = uuid4()

        async def told() -> bool:
            with suppress(PublishError):  # nobody has a queue for it
                await eye.tell(snake(user, "a-1"), message_id="again")
            return bool(jobs(user))

        await until(told)
        assert len(jobs(user)) == 1

    async def test_a_message_that_cannot_be_put_aside_does_not_stop_the_intake(
        self, start_service: StartService, eye: Eye, jobs: Jobs
    ) -> None:
        failures = [DatabaseUnavailable()]

        async def receive(received: Received) -> bool:
            if failures:
                raise failures.pop()
            return await service.receive(received)

        service = await start_service(receive=receive, prefetch=1)
        async with eye.connection.channel() as channel:
            await channel.queue_delete(eye.places.retries)
        user = uuid4()
        await eye.tell(snake(user, "a-1"), message_id=some_id())
        await eye.tell(snake(user, "a-2"), message_id=some_id())
        await until_there(lambda: jobs(user), 2)
        assert await eye.is_empty(eye.places.retries)  # made again
        await until(lambda: eye.is_empty(eye.places.analyses))
