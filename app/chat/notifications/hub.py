"""From PostgreSQL to the open streams of this process, and back: what was sent is noted.

A process has one connection that listens, however many streams it serves. What is said on the
channel is whose notification was stored; its row is read when the person has a stream here.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from datetime import timedelta
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog

from app.chat.notifications import repository
from app.chat.notifications.repository import CHANNEL, Missed, Stored
from app.chat.notifications.stream import End, Gap, Kind, Stream, Viewer
from app.chat.row_security import acting_for
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import DomainError
from app.core.listener import Listener

logger = structlog.get_logger()

MAX_STREAM_S = 3600.0  # then the person is admitted anew: roles and memberships end
# A notification bears the time at which it was stored, yet is seen when its transaction commits.
COMMIT_MARGIN_S = 60.0
NOTE_EVERY_S = 0.5
RETRY_S = 0.5
PAGE = 100  # of what a person has missed
AT_ONCE = 4  # people whose rows are read at the same time; the threads are everybody's


class Hub:
    """Streams of this process by person. Nothing runs and nothing listens before the first."""

    def __init__(self, database: Database, dsn: str, clock: Clock, max_streams: int) -> None:
        self._database = database
        self._clock = clock
        self._max_streams = max_streams
        self._listener = Listener(
            dsn, CHANNEL, hear=self._hear, catch_up=self._catch_up, speak=self._speak
        )
        self._streams: defaultdict[UUID, list[Stream]] = defaultdict(list)
        self._told: defaultdict[UUID, set[int]] = defaultdict(set)
        self._sent: defaultdict[UUID, set[int]] = defaultdict(set)
        self._has_news = asyncio.Event()
        self._hangs_up = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, once the streams have ended, and note what they sent last."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._note_sent()

    @contextmanager
    def attached(self, viewer: Viewer, kind: Kind) -> Iterator[Stream]:
        """A stream that gets what comes for this person; their oldest gives way to one too many."""
        self._start()
        stream = Stream(viewer.user_id, kind)
        own = self._streams[viewer.user_id]
        own.append(stream)
        if self._hangs_up:
            stream.close(End.RESTART)
        for oldest in own[: -self._max_streams]:
            oldest.close(End.REPLACED)
        timer = asyncio.get_running_loop().call_later(
            self._lifetime_s(viewer), stream.close, End.EXPIRED
        )
        try:
            with metrics.notification_streams_open.labels(kind).track_inprogress():
                yield stream
        finally:
            timer.cancel()
            own.remove(stream)
            if not own:
                del self._streams[viewer.user_id]
            logger.info("notification_stream_closed", kind=kind, end=stream.end)

    def hang_up(self) -> None:
        """End all streams, and those that come too late: the process is about to end."""
        if not self._hangs_up:
            self._hangs_up = True
            for own in self._streams.values():
                for stream in own:
                    stream.close(End.RESTART)

    async def items(self, stream: Stream, seen_id: int | None) -> AsyncIterator[Stored]:
        """What the person has missed, then what comes, until the stream ends.

        `seen_id` is what this client says it saw last; what nobody was sent yet comes anyway.
        """
        news: Stored | Gap | Missed | None = Missed(seen_id=seen_id)
        while news is not None:
            if isinstance(news, Stored):
                yield news
            else:
                missed = Missed(age=news.age) if isinstance(news, Gap) else news
                async for item in self._missed(stream, missed):
                    yield item
            news = await stream.next()

    def note_sent(self, stream: Stream, notification_id: int) -> None:
        """Have it marked as delivered, soon and together with others."""
        metrics.notifications_delivered.labels(stream.kind).inc()
        self._sent[stream.user_id].add(notification_id)

    async def _missed(self, stream: Stream, missed: Missed) -> AsyncIterator[Stored]:
        """Page by page as they are sent; the stream ends when the database does not answer."""
        above_id: int | None = 0
        while above_id is not None and stream.end is None:
            find = partial(
                repository.find_missed,
                user_id=stream.user_id,
                missed=missed,
                above_id=above_id,
                limit=PAGE,
            )
            try:
                page = await self._database.read(find, acting_for(stream.user_id))
            except DomainError:
                stream.close(End.UNAVAILABLE)
                return
            for item in page:
                if stream.take(item.id):
                    yield item
            above_id = page[-1].id if len(page) == PAGE else None

    def _lifetime_s(self, viewer: Viewer) -> float:
        if viewer.expires_at is None:
            return MAX_STREAM_S
        left = (viewer.expires_at - self._clock()).total_seconds()
        return min(max(left, 0.0), MAX_STREAM_S)

    def _start(self) -> None:
        """In a context of their own: the tasks belong to no request."""
        if not self._tasks:
            for work in (self._listener.run, self._deliver, self._note):
                self._tasks.append(asyncio.create_task(_for_ever(work), context=Context()))

    def _hear(self, said: str) -> None:
        user_id, _, notification_id = said.partition(" ")
        with suppress(ValueError):  # whoever may NOTIFY may say anything
            user = UUID(user_id)
            if user in self._streams:
                self._told[user].add(int(notification_id))
                self._has_news.set()

    def _catch_up(self, deaf_s: float) -> None:
        """Everybody with a stream reads what was said while nobody listened."""
        gap = Gap(timedelta(seconds=deaf_s + COMMIT_MARGIN_S))
        for own in self._streams.values():
            for stream in own:
                stream.miss(gap)

    async def _speak(self, said: str) -> None:
        await self._database.read(lambda c: repository.speak(c, said))

    async def _deliver(self) -> None:
        """Read what was told and hand it to the streams, person by person in order."""
        while True:
            await self._has_news.wait()
            users = list(islice(self._told, AT_ONCE))
            if not users:
                self._has_news.clear()
            elif not all(await asyncio.gather(*map(self._deliver_to, users))):
                await asyncio.sleep(RETRY_S)

    async def _deliver_to(self, user_id: UUID) -> bool:
        """False when the database did not answer; the news waits for the next time."""
        ids = self._told.pop(user_id)
        find = partial(repository.find_listed, user_id=user_id, ids=ids)
        try:
            items = await self._database.read(find, acting_for(user_id))
        except DomainError:
            self._told[user_id] |= ids
            return False
        for stream in self._streams.get(user_id, ()):
            stream.offer(items)
        return True

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            await self._note_sent()

    async def _note_sent(self) -> None:
        for user_id in list(self._sent):
            ids = self._sent.pop(user_id)
            mark = partial(repository.mark_delivered, user_id=user_id, ids=ids)
            try:
                await self._database.transact(mark, acting_for(user_id))
            except (DomainError, asyncio.CancelledError) as error:
                self._sent[user_id] |= ids  # the next round; at the end: sent once more
                if isinstance(error, DomainError):
                    return
                raise


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Begin again when something fails that nobody foresaw: all streams hang on it."""
    while True:
        try:
            await work()
        except Exception as error:
            logger.exception("notification_task_failed", exc_info=error)
            await asyncio.sleep(RETRY_S)
