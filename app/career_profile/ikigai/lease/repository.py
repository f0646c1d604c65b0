"""Named statements of the lease under which a session is finalized. PostgreSQL's clock decides."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from app.career_profile.sessions.models import SessionStatus
from app.core.rendered import Rendered

# Many ask, one inserts; a lease that lapsed is the next one's. FOR KEY SHARE: a session that Go
# deletes at this moment is absent, not a broken foreign key.
TAKE = Rendered(
    lambda: text(
        """
    WITH session AS (
        SELECT id, status FROM careerprofile_test_sessions WHERE id = :session_id FOR KEY SHARE
    ), taken AS (
        INSERT INTO ikigai_finalize_leases AS lease (test_session_id, holder, expires_at)
        SELECT id, CAST(:holder AS uuid), now() + :lease_s * interval '1 second'
        FROM session WHERE status <> 'completed'
        ON CONFLICT (test_session_id) DO UPDATE
        SET holder = excluded.holder, expires_at = excluded.expires_at
        WHERE lease.expires_at <= now()
        RETURNING test_session_id
    )
    SELECT session.status, EXISTS (SELECT FROM taken) AS is_ours,
        extract(epoch FROM lease.expires_at - now()) AS held_s
    FROM session LEFT JOIN ikigai_finalize_leases lease ON lease.test_session_id = session.id
    """
    )
)
LOOK = text(
    """
    SELECT session.status, false AS is_ours,
        extract(epoch FROM lease.expires_at - now()) AS held_s
    FROM careerprofile_test_sessions session
    LEFT JOIN ikigai_finalize_leases lease ON lease.test_session_id = session.id
    WHERE session.id = :session_id
    """
)
RENEW = text(
    """
    UPDATE ikigai_finalize_leases SET expires_at = now() + :lease_s * interval '1 second'
    WHERE test_session_id = :session_id AND holder = :holder
    """
)
GIVE_BACK = text(
    "DELETE FROM ikigai_finalize_leases WHERE test_session_id = :session_id AND holder = :holder"
)


@dataclass(frozen=True, slots=True)
class LeaseState:
    """`held_s`: for how long another one still holds it; 0 when nobody does."""

    is_completed: bool
    is_ours: bool
    held_s: float


def take(
    connection: Connection, session_id: int, holder: UUID, lease_s: float
) -> LeaseState | None:
    """The lease unless another one holds it or the session is completed; None when it vanished."""
    values = {"session_id": session_id, "holder": str(holder), "lease_s": lease_s}
    return _state(TAKE.first(connection, **values))


def look(connection: Connection, session_id: int) -> LeaseState | None:
    """Where it stands, without asking for it."""
    return _state(connection.execute(LOOK, {"session_id": session_id}).first())


def renew(connection: Connection, session_id: int, holder: UUID, lease_s: float) -> bool:
    """False when it lapsed and is another's by now, or the session vanished."""
    values = {"session_id": session_id, "holder": holder, "lease_s": lease_s}
    return connection.execute(RENEW, values).rowcount == 1


def give_back(connection: Connection, session_id: int, holder: UUID) -> None:
    connection.execute(GIVE_BACK, {"session_id": session_id, "holder": holder})


def _state(row: Any) -> LeaseState | None:
    if row is None:
        return None
    held_s = max(0.0, float(row.held_s or 0))
    return LeaseState(row.status == SessionStatus.COMPLETED, row.is_ours, held_s)
