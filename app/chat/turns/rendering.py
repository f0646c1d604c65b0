"""A finished turn as the app gets it."""

from typing import Any, Final

from app.chat.messages.service import item_of
from app.chat.turns.draft import NO_MODEL
from app.chat.turns.opened import Done
from app.chat.turns.prompting import SUPPORT
from app.chat.turns.schemas import Regenerated, TurnAnswer, TurnUsage
from app.llm.withheld import SUPPORT_MESSAGE

# What an answer usually takes, in seconds; free models are shared by many.
USUAL_S: Final = 2.0
USUAL_FREE_S: Final = 5.0


def answer_of(done: Done) -> TurnAnswer:
    return TurnAnswer(
        user_message=item_of(done.said), assistant_message=item_of(done.answer), **_facts(done)
    )


def regenerated_of(done: Done) -> Regenerated:
    return Regenerated(new_message=item_of(done.answer), **_facts(done))


def _facts(done: Done) -> dict[str, Any]:
    stored = done.answer.metadata or {}
    is_free = bool(stored.get("is_free_model", True))
    model = str(stored.get("model", NO_MODEL))
    usage = stored.get("usage", {})
    return {
        "usage": TurnUsage(
            model=model,
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
            total_tokens=usage.get("total_tokens", 0),
            cost=usage.get("cost", 0.0),
            is_free_model=is_free,
        ),
        "model": model,
        "is_free_model": is_free,
        "processing_time_ms": stored.get("processing_time_ms", 0),
        "estimated_response_time": USUAL_FREE_S if is_free else USUAL_S,
        "support": SUPPORT_MESSAGE if stored.get("type") == SUPPORT else None,
    }
