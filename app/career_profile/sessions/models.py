"""Tables of a test run: the session itself and its line in the user's history."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.career_profile.columns import BigId, Timestamp
from app.core.database import Base


class SessionStatus(StrEnum):
    RIASEC_ONGOING = "riasec_ongoing"
    RIASEC_COMPLETED = "riasec_completed"
    IKIGAI_ONGOING = "ikigai_ongoing"
    COMPLETED = "completed"


class TestGoal(StrEnum):
    RECOMMENDATION = "RECOMMENDATION"
    FIT_CHECK = "FIT_CHECK"


class HistoryStatus(StrEnum):
    ONGOING = "ongoing"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


def one_of(column: str, values: type[StrEnum]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class TestSession(Base):
    """A test run. A stage's timestamp is NULL until that stage ends."""

    __tablename__ = "careerprofile_test_sessions"

    id: Mapped[BigId]
    user_id: Mapped[UUID] = mapped_column(Uuid)
    session_token: Mapped[str] = mapped_column(String(100), unique=True)
    persona_type: Mapped[str | None] = mapped_column(String(50))
    test_goal: Mapped[str] = mapped_column(String(50), server_default="RECOMMENDATION")
    target_profession_id: Mapped[int | None] = mapped_column(BigInteger)
    uses_ikigai: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    riasec_completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    ikigai_completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    algorithm_version: Mapped[str | None] = mapped_column(String(50))
    question_set_version: Mapped[str | None] = mapped_column(String(50))

    __table_args__ = (
        CheckConstraint(one_of("status", SessionStatus), name="status"),
        CheckConstraint(one_of("test_goal", TestGoal), name="test_goal"),
        Index("ix_careerprofile_test_sessions_user_id_started_at", "user_id", started_at.desc()),
        Index(
            "ix_careerprofile_test_sessions_in_ikigai",
            "started_at",
            postgresql_where=text("status = 'ikigai_ongoing'"),
        ),
    )


class History(Base):
    """The user's list of tests across categories; `detail_session_id` has no foreign key."""

    __tablename__ = "kenalidiri_history"

    id: Mapped[BigId]
    user_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    test_category_id: Mapped[int] = mapped_column(BigInteger)
    detail_session_id: Mapped[int] = mapped_column(BigInteger, index=True)
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)

    __table_args__ = (
        CheckConstraint(one_of("status", HistoryStatus), name="status"),
        Index(
            "ix_kenalidiri_history_ongoing",
            "started_at",
            postgresql_where=text("status = 'ongoing'"),
        ),
    )
