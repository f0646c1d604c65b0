"""Tables of the RIASEC stage."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.career_profile.columns import BigId, SessionKey, Timestamp
from app.career_profile.riasec.scoring import CodeType
from app.career_profile.sessions.models import one_of
from app.core.database import Base

EMPTY_LIST = text("'[]'::jsonb")


class RiasecCode(Base):
    """Reference: the 156 codes and their texts. Go's admin may edit the texts."""

    __tablename__ = "riasec_codes"

    id: Mapped[BigId]
    riasec_code: Mapped[str] = mapped_column(String(3), unique=True)
    riasec_title: Mapped[str | None] = mapped_column(String(255))
    riasec_description: Mapped[str | None] = mapped_column(Text)
    strengths: Mapped[Any] = mapped_column(JSONB, server_default=EMPTY_LIST)
    challenges: Mapped[Any] = mapped_column(JSONB, server_default=EMPTY_LIST)
    strategies: Mapped[Any] = mapped_column(JSONB, server_default=EMPTY_LIST)
    work_environments: Mapped[Any] = mapped_column(JSONB, server_default=EMPTY_LIST)
    interaction_styles: Mapped[Any] = mapped_column(JSONB, server_default=EMPTY_LIST)
    created_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
    updated_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())


class QuestionSet(Base):
    """The items issued to a session, in display order; never changes."""

    __tablename__ = "riasec_question_sets"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    question_ids: Mapped[Any] = mapped_column(JSONB)
    generated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class RiasecResponses(Base):
    __tablename__ = "riasec_responses"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    responses_data: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class RiasecResult(Base):
    __tablename__ = "riasec_results"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    score_r: Mapped[int] = mapped_column(Integer)
    score_i: Mapped[int] = mapped_column(Integer)
    score_a: Mapped[int] = mapped_column(Integer)
    score_s: Mapped[int] = mapped_column(Integer)
    score_e: Mapped[int] = mapped_column(Integer)
    score_c: Mapped[int] = mapped_column(Integer)
    riasec_code_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("riasec_codes.id", ondelete="RESTRICT")
    )
    riasec_code_type: Mapped[str] = mapped_column(String(20))
    is_inconsistent_profile: Mapped[bool] = mapped_column(Boolean)
    calculated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    __table_args__ = (
        CheckConstraint(one_of("riasec_code_type", CodeType), name="riasec_code_type"),
    )


class CandidateProfessions(Base):
    """The expansion of a session; never changed after the insert."""

    __tablename__ = "ikigai_candidate_professions"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    candidates_data: Mapped[Any] = mapped_column(JSONB)
    total_candidates: Mapped[int] = mapped_column(Integer)
    generation_strategy: Mapped[str] = mapped_column(String(50))
    max_candidates_limit: Mapped[int] = mapped_column(Integer, server_default=text("30"))
    generated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    __table_args__ = (
        CheckConstraint("total_candidates BETWEEN 1 AND 30", name="total_candidates"),
    )
