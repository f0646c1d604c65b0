"""An answer while it comes: who speaks, what was heard, what was let through."""

from collections.abc import Mapping
from decimal import Decimal
from time import perf_counter
from typing import Any, Final

from app.chat.advisor.advisor import Started
from app.chat.advisor.spent import Spent
from app.chat.turns.echo import EchoGuard, Prompt
from app.chat.turns.opened import OpenTurn, Piece
from app.chat.turns.prompting import Prompts
from app.chat.turns.repository import Answer
from app.core.settings.chat_models import is_free_model
from app.llm.port import Usage

NO_MODEL: Final = "none"  # answered by us, not by a model
COST_PLACES: Final = Decimal("0.000001")
MAX_MODEL_CHARS: Final = 100


class Draft:
    """Begins with the turn. `sent` is what a person has seen; `is_settled`: the answer's last
    words are stored, or on their way.
    """

    def __init__(self) -> None:
        self.sent = ""
        self.model: str | None = None
        self.is_settled = False
        self.spent = Spent()
        self._is_free = True
        self._heard = ""
        self._guard = EchoGuard(Prompt(""))
        self._started = perf_counter()

    @property
    def is_recital(self) -> bool:
        """The model recites its rules: nothing more is let through."""
        return self._guard.is_tripped

    @property
    def usage(self) -> Usage:
        """Of an answer that did not come to its end: nobody has counted it."""
        return self.spent.usage_when_left(self._heard)

    def begin(self, started: Started, prompts: Prompts) -> None:
        """This model speaks; what it was told it may not recite."""
        self.model, self._is_free = started.model, started.is_free
        prompt = prompts.free_messages if started.is_free else prompts.messages
        self._guard = EchoGuard(Prompt(prompt[0].content))

    def hear(self, text: str) -> Piece | None:
        """What may be sent now."""
        self._heard += text
        return self._let_through(self._guard.feed(text))

    def end(self) -> Piece | None:
        """What was held back; ask `is_recital` after it."""
        return self._let_through(self._guard.end())

    def name_silent_model(self) -> None:
        """The one that was asked: none spoke."""
        if self.model is None and (asked := self.spent.model):
            self.model, self._is_free = asked, is_free_model(asked)

    def answer(
        self, turn: OpenTurn, content: str, usage: Usage, details: Mapping[str, Any]
    ) -> Answer:
        elapsed_ms = round((perf_counter() - self._started) * 1000)
        cost = Decimal(str(usage.cost)).quantize(COST_PLACES)
        tokens = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "cost": float(cost),
        }
        replaced = {} if turn.replaces is None else {"regenerated_from": str(turn.replaces.id)}
        return Answer(
            id=turn.answer_id,
            content=content,
            metadata={
                "model": self.model or NO_MODEL,
                "is_free_model": self._is_free,
                "processing_time_ms": elapsed_ms,
                "usage": tokens,
                **details,
                **replaced,
            },
            parent_message_id=turn.said.id,
            turn_number=turn.said.turn_number,
            model_used=self.model and self.model[:MAX_MODEL_CHARS],
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_credits=cost,
            is_free_model=self._is_free,
            processing_time_ms=elapsed_ms,
        )

    def _let_through(self, text: str) -> Piece | None:
        if not text:
            return None
        piece = Piece(text, len(self.sent))
        self.sent += text
        return piece
