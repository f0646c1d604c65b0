"""The port over RabbitMQ. Only imported where RABBITMQ_URL is set: aio-pika is an extra.

One loop connects, and connects again, at start as after an outage. What was taken and not
acknowledged the broker delivers again; what was published and not confirmed the caller repeats.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aio_pika import DeliveryMode, Message, connect
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelNotFoundEntity, DeliveryError
from pamqp.common import FieldTable
from yarl import URL

from app.chat.events import counters
from app.chat.events.incoming import identity_of
from app.chat.events.port import BrokerUnavailable, Connected, Outgoing, Receive, Received

logger = structlog.get_logger()

ANALYSIS_KEYS = ("analysis_complete", "analysis.completed")
CONNECT_TIMEOUT_S = 5.0
PROBE_TIMEOUT_S = 1.5
CONFIRM_TIMEOUT_S = 5.0
HEARTBEAT_S = 15
STOP_S = 5.0  # units of work are short
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
TRY_AGAIN_FOR_S = 86_400.0
ATTEMPTS = "x-attempts"

# An outage is told once, by us.
for name in ("aio_pika", "aiormq"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


class _Lost(Exception):
    """The connection, a channel or the subscription has ended."""


@dataclass(frozen=True, slots=True)
class Places:
    """Names at the broker. What waits to be tried again, and what nobody can read, lie in queues
    of their own beside the one that others fill.
    """

    exchange: str
    events: str
    routing_key: str

    @property
    def analyses(self) -> str:
        return f"{self.events}.analysis_complete"

    @property
    def retries(self) -> str:
        return f"{self.analyses}.retry"

    @property
    def dead(self) -> str:
        return f"{self.analyses}.dead"


class RabbitMQ:
    """`prefetch` messages at once; each is tried again every `retry_delay_s`, for a day."""

    def __init__(self, url: str, places: Places, prefetch: int, retry_delay_s: float) -> None:
        parsed = URL(url)
        self._url = parsed.update_query({"heartbeat": HEARTBEAT_S, **parsed.query})
        self._places = places
        self._prefetch = prefetch
        self._retry_delay_s = retry_delay_s
        self._out: AbstractChannel | None = None
        self._in_hand: set[asyncio.Task[object]] = set()
        self._is_lost = False
        self._delay_s = FIRST_DELAY_S
        self._task: asyncio.Task[None] | None = None

    def start(self, receive: Receive, connected: Connected) -> None:
        self._task = asyncio.create_task(self._run(receive, connected), name="broker-link")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=2 * STOP_S)

    async def publish(self, event: Outgoing) -> None:
        if self._out is None:
            raise BrokerUnavailable
        message = Message(
            event.body,
            content_type="application/json",
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=event.message_id,
            type=event.kind,
            app_id="kenali-diri",
        )
        try:
            exchange = await self._out.get_exchange(self._places.exchange, ensure=False)
            await exchange.publish(message, self._places.routing_key, timeout=CONFIRM_TIMEOUT_S)
        except (*CONNECTION_EXCEPTIONS, TimeoutError):
            raise BrokerUnavailable from None

    async def answers(self) -> bool:
        """As the link knows; a process that runs none knocks at the door."""
        if self._task is not None:
            return self._out is not None
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S), await connect(self._url):
                return True
        except (*CONNECTION_EXCEPTIONS, TimeoutError):
            return False

    async def _run(self, receive: Receive, connected: Connected) -> None:
        while True:
            try:
                async with await connect(self._url, timeout=CONNECT_TIMEOUT_S) as connection:
                    await self._serve(connection, receive, connected)
            except (*CONNECTION_EXCEPTIONS, TimeoutError, _Lost) as error:
                if not self._is_lost:
                    logger.warning("broker_lost", reason=type(error).__name__)
                self._is_lost = True
            except Exception:  # an edge: the link outlives whatever it was
                logger.exception("broker_link_failed")
            await asyncio.sleep(self._delay_s)
            self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)

    async def _serve(
        self, connection: AbstractConnection, receive: Receive, connected: Connected
    ) -> None:
        """Until something is lost, or this task is cancelled."""
        await declare(connection, self._places)
        out = await connection.channel(on_return_raises=True)
        taking = await connection.channel()
        await taking.set_qos(prefetch_count=self._prefetch)
        lost = asyncio.Event()
        beneath = await taking.get_underlay_channel()
        beneath.on_consumer_cancel_callbacks.add(lambda _: lost.set())  # its queue was deleted
        queue = await taking.get_queue(self._places.analyses, ensure=False)
        self._out = out
        try:
            async with self._consuming(queue, receive, lost):
                self._delay_s, self._is_lost = FIRST_DELAY_S, False
                logger.info("broker_connected")
                await connected()
                # A connection that breaks closes its channels.
                await _first_of(out.closed(), taking.closed(), lost.wait())
        finally:
            self._out = None
        raise _Lost

    @asynccontextmanager
    async def _consuming(
        self, queue: AbstractQueue, receive: Receive, lost: asyncio.Event
    ) -> AsyncIterator[None]:
        """At the end take nothing more, and finish what is in hand while there is a channel."""

        async def take(message: AbstractIncomingMessage) -> None:
            task: asyncio.Task[object] = asyncio.ensure_future(self._take(message, receive, lost))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

        tag = await queue.consume(take)
        try:
            yield
        finally:
            if not queue.channel.is_closed:
                await queue.cancel(tag, timeout=STOP_S)
                if self._in_hand:
                    await asyncio.wait(self._in_hand, timeout=STOP_S)

    async def _take(
        self, message: AbstractIncomingMessage, receive: Receive, lost: asyncio.Event
    ) -> None:
        """Acknowledge after the commit. A message without an answer of ours ends the link: the
        broker delivers again what an ended one had in hand, and nothing more while it is open.
        """
        try:
            try:
                is_readable = await receive(Received(message.body, message.message_id))
            except Exception as error:  # an edge: whatever it was, the message is not lost
                await self._try_again(message, error)
            else:
                await (message.ack() if is_readable else message.reject(requeue=False))
        except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
            logger.info("broker_message_comes_again", reason=type(error).__name__)
            if isinstance(error, DeliveryError | TimeoutError):  # the copy was refused: not at once
                self._delay_s = min(self._retry_delay_s, LONGEST_DELAY_S)
            lost.set()

    async def _try_again(self, message: AbstractIncomingMessage, error: Exception) -> None:
        """Put it aside for a while; after a day it joins those that nobody can read."""
        given = message.headers.get(ATTEMPTS)
        attempts = 1 + (given if isinstance(given, int) else 0)
        gives_up = attempts * self._retry_delay_s >= TRY_AGAIN_FOR_S
        logger.warning(
            "broker_message_failed", attempts=attempts, gives_up=gives_up, exc_info=error
        )
        counters.received_events.labels("given_up" if gives_up else "retried").inc()
        if gives_up or self._out is None:
            await message.reject(requeue=not gives_up)
            return
        copy = Message(
            message.body,
            headers={**message.headers, ATTEMPTS: attempts},
            content_type=message.content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            # Without one the client would make one up, and a duplicate would be known by another.
            message_id=identity_of(message.message_id, message.body),
            expiration=self._retry_delay_s,
        )
        exchange = self._out.default_exchange
        await exchange.publish(copy, self._places.retries, timeout=CONFIRM_TIMEOUT_S)
        await message.ack()


async def declare(connection: AbstractConnection, places: Places) -> None:
    """What we need of the broker, durable. An exchange, or queue of events, that is there already
    is taken as it is: others may have made it to their liking.
    """
    if not await _exists(connection, lambda c: c.declare_exchange(places.exchange, passive=True)):
        async with connection.channel() as channel:
            await channel.declare_exchange(places.exchange, "topic", durable=True)
    if not await _exists(connection, lambda c: c.declare_queue(places.events, passive=True)):
        async with connection.channel() as channel:
            await channel.declare_queue(places.events, durable=True)
    async with connection.channel() as channel:
        events = await channel.get_queue(places.events, ensure=False)
        await events.bind(places.exchange, places.routing_key)
        await channel.declare_queue(places.dead, durable=True)
        analyses = await channel.declare_queue(
            places.analyses, durable=True, arguments=_dead_letters_to(places.dead)
        )
        await channel.declare_queue(
            places.retries, durable=True, arguments=_dead_letters_to(places.analyses)
        )
        for key in ANALYSIS_KEYS:
            await analyses.bind(places.exchange, key)


async def _exists(
    connection: AbstractConnection, ask: Callable[[AbstractChannel], Awaitable[object]]
) -> bool:
    """By a question on a channel of its own: the broker closes it to say no."""
    try:
        async with connection.channel() as channel:
            await ask(channel)
    except ChannelNotFoundEntity:
        return False
    return True


def _dead_letters_to(queue: str) -> FieldTable:
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}


async def _first_of(*endings: Awaitable[object]) -> None:
    waiting = [asyncio.ensure_future(ending) for ending in endings]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for ending in waiting:
            ending.cancel()
