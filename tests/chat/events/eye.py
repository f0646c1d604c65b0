"""How another service sees the broker: it tells of assessments, and reads our events."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid4

from aio_pika import DeliveryMode, Message, connect
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from app.chat.events.rabbitmq import Places

WAIT_S = 10.0


def snake(user_id: UUID, assessment_id: str) -> bytes:
    return json.dumps({"user_id": str(user_id), "assessment_id": assessment_id}).encode()


def camel(user_id: UUID, assessment_id: str) -> bytes:
    told = {"userId": str(user_id), "assessmentId": assessment_id, "eventType": "x", "extra": [1]}
    return json.dumps(told).encode()


def some_id() -> str:
    return str(uuid4())


@dataclass
class Eye:
    """`tell` returns when the broker has the message; `next_of` waits for one."""

    connection: AbstractConnection
    places: Places

    @classmethod
    async def open(cls, url: str, places: Places) -> Self:
        return cls(await connect(url), places)

    async def close(self) -> None:
        await self.connection.close()

    async def tell(
        self, body: bytes, key: str = "analysis_complete", message_id: str | None = None
    ) -> None:
        """Without an id the client makes one up."""
        message = Message(body, message_id=message_id, delivery_mode=DeliveryMode.PERSISTENT)
        async with self.connection.channel(on_return_raises=True) as channel:
            exchange = await channel.get_exchange(self.places.exchange, ensure=False)
            await exchange.publish(message, key)

    async def next_of(self, queue: str) -> AbstractIncomingMessage:
        async with self.connection.channel() as channel, asyncio.timeout(WAIT_S):
            found = await channel.get_queue(queue, ensure=False)
            while (message := await found.get(fail=False, no_ack=True)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            return message

    async def is_empty(self, queue: str) -> bool:
        """Nothing waits there, and nothing is in anybody's hand."""
        async with self.connection.channel() as channel:
            found = await channel.declare_queue(queue, passive=True)
            return found.declaration_result.message_count == 0


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = WAIT_S) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - it lies in another process
            await asyncio.sleep(0.02)


async def until_there(find: Callable[[], list[Any]], count: int) -> None:
    async def there() -> bool:
        return len(find()) >= count

    await until(there)
