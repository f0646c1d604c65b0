"""Named statements on first answers, the owner first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.types import LargeBinary, String, Uuid

from app.core.idempotency import KEPT_S, LEASE_S, Answer, Claim, KeyedRequest
from app.idempotency.models import IdempotencyKey
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of

PURGED_AT_ONCE = 5_000

# Of equal requests that come together one inserts; the others wait for that row and touch nothing.
# A claim that lapsed passes on, but only to the very same request: it may have had its effect.
CLAIM = text(
    """
    INSERT INTO idempotency_keys AS kept
        (user_id, key, fingerprint, claim_id, claimed_until, expires_at)
    VALUES (:user_id, :key, :fingerprint, gen_random_uuid(),
        now() + make_interval(secs => :lease_s), now() + make_interval(secs => :kept_s))
    ON CONFLICT (user_id, key) DO UPDATE SET
        fingerprint = excluded.fingerprint,
        claim_id = excluded.claim_id,
        asked_at = CASE WHEN kept.expires_at <= now() THEN now() ELSE kept.asked_at END,
        claimed_until = excluded.claimed_until,
        expires_at = excluded.expires_at,
        status = NULL, headers = NULL, body = NULL
    WHERE kept.expires_at <= now()
        OR (kept.status IS NULL AND kept.claimed_until <= now()
            AND kept.fingerprint = excluded.fingerprint)
    RETURNING claim_id, CASE WHEN asked_at < now() THEN asked_at END AS repeats_since
    """
).bindparams(
    bindparam("user_id", type_=Uuid),
    bindparam("key", type_=String),
    bindparam("fingerprint", type_=LargeBinary),
)
FORGET_SESSION = text(
    """
    DELETE FROM idempotency_keys
    WHERE user_id = :user_id AND (status IS NULL OR position(:told IN body) > 0)
    """
).bindparams(bindparam("user_id", type_=Uuid), bindparam("told", type_=LargeBinary))


@dataclass(frozen=True, slots=True)
class KeptRow:
    """What is known of a key; `caller` is None for a user who is gone, `answer` while it runs."""

    caller: Caller | None
    fingerprint: bytes
    answer: Answer | None


def claim(connection: Connection, request: KeyedRequest) -> Claim | None:
    """The claim, or None: somebody has it, or the answer is there."""
    values = {
        "user_id": request.user_id,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "lease_s": LEASE_S,
        "kept_s": KEPT_S,
    }
    row = connection.execute(CLAIM, values).first()
    since: datetime | None = row.repeats_since if row else None
    return Claim(request.user_id, request.key, row.claim_id, since) if row else None


def find(connection: Connection, user_id: UUID, key: str) -> KeptRow | None:
    """The row of a key with the caller that it belongs to; None when there is none any more."""
    statement = (
        select(
            *CALLER_COLUMNS,
            IdempotencyKey.fingerprint,
            IdempotencyKey.status,
            IdempotencyKey.headers,
            IdempotencyKey.body,
        )
        .select_from(IdempotencyKey)
        .outerjoin(User, and_(User.id == IdempotencyKey.user_id, User.deleted_at.is_(None)))
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    caller = caller_of(row) if row.caller_id is not None else None
    answered = row.status is not None
    answer = Answer(row.status, row.headers, bytes(row.body)) if answered else None
    return KeptRow(caller, bytes(row.fingerprint), answer)


def renew(connection: Connection, held: Claim) -> None:
    connection.execute(
        update(IdempotencyKey)
        .where(*_held(held))
        .values(claimed_until=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_S))
    )


def keep(connection: Connection, held: Claim, answer: Answer) -> None:
    connection.execute(
        update(IdempotencyKey)
        .where(*_held(held))
        .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
    )


def lapse(connection: Connection, held: Claim) -> None:
    """Let the very same request try again at once."""
    connection.execute(update(IdempotencyKey).where(*_held(held)).values(claimed_until=func.now()))


def free(connection: Connection, held: Claim) -> None:
    """Let any request have the key."""
    connection.execute(delete(IdempotencyKey).where(*_held(held)))


def _held(held: Claim) -> tuple[ColumnElement[bool], ...]:
    """Only as long as it is ours, and has no answer."""
    return (
        IdempotencyKey.user_id == held.user_id,
        IdempotencyKey.key == held.key,
        IdempotencyKey.claim_id == held.claim_id,
        IdempotencyKey.status.is_(None),
    )


def forget_user(connection: Connection, user_id: UUID) -> int:
    """Every answer that is kept for the user; also one that is on its way is not kept any more."""
    return connection.execute(
        delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id)
    ).rowcount


def forget_session(connection: Connection, user_id: UUID, session_token: str) -> int:
    """The user's answers that tell of this session, and claims whose answer may yet tell of it."""
    return connection.execute(
        FORGET_SESSION, {"user_id": user_id, "told": session_token.encode()}
    ).rowcount


def purge_expired(connection: Connection) -> int:
    """At most PURGED_AT_ONCE rows whose time is over; how many they were."""
    expired = (
        select(IdempotencyKey.user_id, IdempotencyKey.key)
        .where(IdempotencyKey.expires_at <= func.now())
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("expired")
    )
    statement = delete(IdempotencyKey).where(
        IdempotencyKey.user_id == expired.c.user_id, IdempotencyKey.key == expired.c.key
    )
    return connection.execute(statement).rowcount
