"""Table of what is counted over all users."""

from datetime import datetime

from sqlalchemy import BigInteger, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, Timestamp
from app.core.database import Base


class GaugeRow(Base):
    """The worker writes it for everybody: a server sees only what its users may see."""

    __tablename__ = "gauges"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    measured_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    __table_args__ = ({"schema": SCHEMA},)
