"""Tables of the Ikigai stage."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.career_profile.columns import BigId, SessionKey, Timestamp
from app.core.database import Base

# SQL NULL, never a JSON null: `IS NULL` decides whether a dimension is answered.
OptionalDocument = JSONB(none_as_null=True)


class IkigaiResponses(Base):
    """One column per dimension, NULL until answered; an answer is never overwritten."""

    __tablename__ = "ikigai_responses"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    dimension_1_love: Mapped[Any | None] = mapped_column(OptionalDocument)
    dimension_2_good_at: Mapped[Any | None] = mapped_column(OptionalDocument)
    dimension_3_world_needs: Mapped[Any | None] = mapped_column(OptionalDocument)
    dimension_4_paid_for: Mapped[Any | None] = mapped_column(OptionalDocument)
    completed: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)

    __table_args__ = (CheckConstraint("completed = (completed_at IS NOT NULL)", name="completed"),)


class IkigaiDimensionScores(Base):
    __tablename__ = "ikigai_dimension_scores"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    scores_data: Mapped[Any] = mapped_column(JSONB)
    calculated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    ai_model_used: Mapped[str | None] = mapped_column(String(50))
    total_api_calls: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("total_api_calls BETWEEN 0 AND 40", name="total_api_calls"),)


class IkigaiTotalScores(Base):
    """`scores_data` is inserted complete and never updated."""

    __tablename__ = "ikigai_total_scores"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    scores_data: Mapped[Any] = mapped_column(JSONB)
    top_profession_1_id: Mapped[int | None] = mapped_column(BigInteger)
    top_profession_2_id: Mapped[int | None] = mapped_column(BigInteger)
    calculated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    __table_args__ = (
        CheckConstraint("top_profession_1_id <> top_profession_2_id", name="top_professions"),
    )


class IkigaiFinalizeLease(Base):
    """Who finalizes a session until when; no row: nobody does."""

    __tablename__ = "ikigai_finalize_leases"

    test_session_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("careerprofile_test_sessions.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    holder: Mapped[UUID] = mapped_column(Uuid)
    expires_at: Mapped[datetime] = mapped_column(Timestamp)
