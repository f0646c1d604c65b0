"""Tables of the results that a person reads."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Enum, Numeric, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.career_profile.columns import BigId, SessionKey, Timestamp
from app.career_profile.results.fit_check import MatchCategory
from app.core.database import Base


class CareerRecommendation(Base):
    """The ids' names lack an underscore; other systems read them so.

    `supporting_phrases` is ours alone, NULL in rows from before it.
    """

    __tablename__ = "career_recommendations"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    recommendations_data: Mapped[Any] = mapped_column(JSONB)
    top_profession1_id: Mapped[int | None] = mapped_column(BigInteger)
    top_profession2_id: Mapped[int | None] = mapped_column(BigInteger)
    generated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    ai_model_used: Mapped[str | None] = mapped_column(String(50))
    supporting_phrases: Mapped[Any | None] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("top_profession1_id <> top_profession2_id", name="top_professions"),
    )


class FitCheckResult(Base):
    __tablename__ = "fit_check_results"

    id: Mapped[BigId]
    test_session_id: Mapped[SessionKey]
    profession_id: Mapped[int] = mapped_column(BigInteger)
    user_riasec_code_id: Mapped[int] = mapped_column(BigInteger)
    profession_riasec_code_id: Mapped[int] = mapped_column(BigInteger)
    match_category: Mapped[MatchCategory] = mapped_column(
        Enum(MatchCategory, name="match_category_enum")
    )
    rule_type: Mapped[str] = mapped_column(String(50))
    dominant_letter_same: Mapped[bool] = mapped_column(Boolean)
    is_adjacent_hexagon: Mapped[bool] = mapped_column(Boolean)
    match_score: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
