"""How long a piece of work may wait for the model."""

from dataclasses import dataclass

from app.llm.port import Deadline


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds: `deadline_s` over all attempts, `attempt_timeout_s` for one, so that a full
    retry fits the deadline.
    """

    deadline_s: float
    attempt_timeout_s: float

    def start(self) -> Deadline:
        return Deadline.after(self.deadline_s)
