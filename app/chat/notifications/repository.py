"""Named statements on notifications; the transaction is that of their owner (row level security).

Except for `publish`, which sets the owner itself: whoever publishes is at work for somebody, in
a transaction that had no need of the chat until then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    event,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.chat.events.outbox import announce
from app.chat.notifications.models import NotificationRow
from app.chat.notifications.stages import Notification, Stage
from app.core import metrics
from app.core.rendered import Rendered
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of

CHANNEL: Final = "chat_notifications"
# "Wait a moment" helps nobody when the turn that it was about is over (its deadline is 45 s).
INTERIM_LASTS: Final = timedelta(minutes=1)
COLUMNS = (
    NotificationRow.id,
    NotificationRow.stage,
    NotificationRow.payload,
    NotificationRow.created_at,
    NotificationRow.delivered_at,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A notification as its owner gets it."""

    id: int
    stage: str
    payload: dict[str, Any]
    created_at: datetime
    delivered_at: datetime | None


# One round trip. PostgreSQL tells the listeners when the transaction commits, and nobody when it
# does not. What is told are ids only: texts are for their owner's eyes, a channel has none.
PUBLISH = Rendered(
    lambda: text(
        f"""
    WITH owner AS MATERIALIZED (
        SELECT set_config('app.current_user_id', CAST(:user_id AS text), true) AS id
    ), stored AS (
        INSERT INTO chat.notifications (user_id, stage, payload, created_at)
        SELECT CAST(owner.id AS uuid), news->>'stage', news->'payload', clock_timestamp()
        FROM owner
        JOIN users ON users.id = CAST(owner.id AS uuid)
        CROSS JOIN jsonb_array_elements(:news) WITH ORDINALITY AS listed (news, place)
        ORDER BY place
        RETURNING id, user_id
    )
    SELECT id, pg_notify('{CHANNEL}', user_id || ' ' || id) FROM stored ORDER BY id
    """  # noqa: S608 - the channel is a constant of ours
    ).bindparams(bindparam("news", type_=JSONB))
)


def publish(connection: Connection, user_id: UUID, *news: Notification) -> None:
    """Tell a person, in the caller's transaction: stored with it, sent after its commit. Others
    hear of it where there is a broker.

    The transaction acts for this user from then on. Whoever is gone is told nothing.
    """
    rows = [{"stage": item.stage, "payload": item.payload} for item in news]
    stored = PUBLISH.all(connection, user_id=str(user_id), news=rows)
    announce(connection, user_id, [row.id for row in stored])

    def count(_: Connection) -> None:
        for item in news:
            metrics.notifications_published.labels(item.stage).inc()

    event.listen(connection, "commit", count)


def speak(connection: Connection, said: str) -> None:
    """A text on the channel that is no notification."""
    connection.execute(select(func.pg_notify(CHANNEL, said)))


def find_page(
    connection: Connection, user_id: UUID, before_id: int | None, limit: int
) -> tuple[Caller | None, list[Stored]]:
    """The caller and their notifications below an id, newest first, in one statement."""
    page = select(*COLUMNS).where(NotificationRow.user_id == user_id)
    if before_id is not None:
        page = page.where(NotificationRow.id < before_id)
    found = page.order_by(NotificationRow.id.desc()).limit(limit).subquery("page")
    rows = connection.execute(
        select(*CALLER_COLUMNS, *found.c)
        .select_from(User)
        .outerjoin(found, true())
        .where(User.id == user_id, User.deleted_at.is_(None))
        .order_by(found.c.id.desc())
    ).all()
    caller = caller_of(rows[0] if rows else None)
    return caller, [_stored(row) for row in rows if row.id is not None]


def find_listed(connection: Connection, user_id: UUID, ids: Collection[int]) -> list[Stored]:
    """Those of the user among these, oldest first."""
    return _all(connection, user_id, NotificationRow.id.in_(ids))


@dataclass(frozen=True, slots=True)
class Missed:
    """What no stream has sent yet; also what came after the one that a client saw last
    (`seen_id`), or what is younger than `age`.
    """

    seen_id: int | None = None
    age: timedelta | None = None


def find_missed(
    connection: Connection, user_id: UUID, missed: Missed, above_id: int, limit: int
) -> list[Stored]:
    """Oldest first, `limit` of them above `above_id`; none that is about a moment long gone."""
    condition: ColumnElement[bool] = NotificationRow.delivered_at.is_(None)
    if missed.seen_id is not None:
        condition = or_(condition, NotificationRow.id > missed.seen_id)
    if missed.age is not None:
        condition = or_(condition, NotificationRow.created_at > func.now() - missed.age)
    is_of_now = or_(
        NotificationRow.stage != Stage.INTERIM,
        NotificationRow.created_at > func.now() - INTERIM_LASTS,
    )
    wanted = and_(condition, NotificationRow.id > above_id, is_of_now)
    return _all(connection, user_id, wanted, limit)


def mark_delivered(connection: Connection, user_id: UUID, ids: Collection[int]) -> None:
    """The first delivery counts."""
    connection.execute(
        update(NotificationRow)
        .where(
            NotificationRow.user_id == user_id,
            NotificationRow.id.in_(ids),
            NotificationRow.delivered_at.is_(None),
        )
        .values(delivered_at=func.clock_timestamp())
    )


def _all(
    connection: Connection,
    user_id: UUID,
    condition: ColumnElement[bool],
    limit: int | None = None,
) -> list[Stored]:
    statement = (
        select(*COLUMNS)
        .where(NotificationRow.user_id == user_id, condition)
        .order_by(NotificationRow.id)
        .limit(limit)
    )
    return [_stored(row) for row in connection.execute(statement)]


def _stored(row: Row[Any]) -> Stored:
    return Stored(row.id, row.stage, row.payload, row.created_at, row.delivered_at)
