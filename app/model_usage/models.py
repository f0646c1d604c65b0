"""What the language model costs, day by day; ops read it with SQL (docs/operations.md)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ModelUsageDaily(Base):
    """Sums of HTTP attempts; `day` in UTC, `cost` in US dollars as the provider reported it.

    Only additions: every process adds what it has seen.
    """

    __tablename__ = "model_usage_daily"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(50), primary_key=True)
    model: Mapped[str] = mapped_column(String(100), primary_key=True)
    attempts: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (
        CheckConstraint("failures BETWEEN 0 AND attempts", name="failures"),
        CheckConstraint(
            "prompt_tokens >= 0 AND completion_tokens >= 0 AND cost >= 0", name="not_negative"
        ),
    )
