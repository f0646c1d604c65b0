"""How answers of the advisor end, however they were asked for."""

from enum import StrEnum
from typing import Final

from prometheus_client import Counter

from app.core.metrics import REGISTRY, begin_at_zero


class Outcome(StrEnum):
    WHOLE = "whole"
    BROKEN_OFF = "broken_off"  # by the model; what it had said is kept
    UNAVAILABLE = "unavailable"  # no model said a word
    FAILED = "failed"  # on our side: the database was away, or a defect
    ABANDONED = "abandoned"  # the reader left, or had the conversation erased


answers: Final = Counter(
    "chat_answers_total",
    "Answers of the advisor, streamed or not, by how they ended (whole, broken_off, unavailable,"
    " failed, abandoned).",
    ["outcome"],
    registry=REGISTRY,
)
begin_at_zero(answers, Outcome)
