"""Column types that the career profile's tables share."""

from typing import Annotated

from sqlalchemy import BigInteger, DateTime, ForeignKey
from sqlalchemy.orm import mapped_column

Timestamp = DateTime(timezone=True)
BigId = Annotated[int, mapped_column(BigInteger, primary_key=True)]
# One row per session and table; Go may delete a session at any moment.
SessionKey = Annotated[
    int,
    mapped_column(
        BigInteger,
        ForeignKey("careerprofile_test_sessions.id", ondelete="CASCADE"),
        unique=True,
    ),
]
