"""Writes the first message of a conversation about a result: by a model, by rule when it fails."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from app.career_profile.riasec.hexagon import TYPE_NAMES
from app.chat.advisor.advisor import Advisor, Answered, ChatTurn, UserTier
from app.chat.assessment.about import About, read_about
from app.chat.assessment.context import for_model, summary_line
from app.chat.assessment.suggestions import suggest
from app.chat.assessment.welcome import compose_welcome
from app.chat.assessment.welcome_rules import find_welcome_defects
from app.chat.turns.echo import Prompt
from app.core.settings.chat_models import is_free_model
from app.llm.port import Message, ModelError, Purpose
from app.llm.prompts import as_data, render
from app.llm.user_text import flatten_frames, mask_personal_data, normalise, ready_for_model
from app.llm.withheld import speaks_of_self_harm
from app.users.caller import Caller
from app.users.names import NO_NAME

logger = structlog.get_logger()

PROMPTS: Final = "app.chat.assessment.prompts"
PROMPT: Final = "chat_welcome_v1"
MAX_CHARS: Final = 4000
MAX_NAME_CHARS: Final = 40
UNKNOWN: Final = "tidak diketahui"


@dataclass(frozen=True, slots=True)
class Welcome:
    """`answered` is what the model's call took, also when its text was no good or none came
    (`by_rule`); None when it took nothing.
    """

    text: str
    suggestions: tuple[str, ...]
    answered: Answered | None
    by_rule: bool


class WelcomeWriter:
    """Never fails: a model that does costs the person nothing."""

    def __init__(self, advisor: Advisor) -> None:
        self._advisor = advisor

    async def write(self, caller: Caller, context: Mapping[str, Any]) -> Welcome:
        about = read_about(context)
        suggested = suggest(about)
        suggestions = tuple(suggested.everything) if suggested else ()
        prompt = welcome_prompt(about, context, caller.first_name)
        turn = ChatTurn(
            messages=prompt,
            facts={"about": context, "first_name": caller.first_name},
            user_id=caller.user_id,
            user_tier=UserTier.PREMIUM if caller.is_member else UserTier.FREE,
            purpose=Purpose.WELCOME,
        )
        answered: Answered | None = None
        try:
            answered = await self._advisor.whole_answer(turn)
        except ModelError as error:
            logger.warning("chat_welcome_failed", reason=error.reason, attempts=error.attempts)
            answered = _spent_on(error)
        else:
            text = normalise(answered.text, MAX_CHARS)
            defects = [*find_welcome_defects(text, about, caller.first_name)]
            if Prompt(prompt[0].content).is_repeated_in(text):
                defects.append("recites its rules")
            if not defects:
                return Welcome(text, suggestions, answered, by_rule=False)
            logger.warning("chat_welcome_refused", defects=defects, model=answered.model)
        composed = compose_welcome(about, caller.first_name)
        return Welcome(composed, suggestions, answered, by_rule=True)


def _spent_on(error: ModelError) -> Answered | None:
    usage, model = error.usage, error.model
    if model is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    return Answered("", model, is_free_model(model), "error", usage, error.attempts)


def welcome_prompt(
    about: About, context: Mapping[str, Any], first_name: str
) -> tuple[Message, ...]:
    """All that the person wrote stands between random markers, without personal data, and not at
    all when it speaks of self-harm.
    """
    suggested = suggest(about)
    data = as_data(for_model(context))
    known = UNKNOWN if speaks_of_self_harm(data) else mask_personal_data(flatten_frames(data))
    is_named = first_name != NO_NAME
    return render(
        PROMPTS,
        PROMPT,
        first_name=ready_for_model(first_name, MAX_NAME_CHARS) if is_named else UNKNOWN,
        letters=", ".join(f"{x.value} = {TYPE_NAMES[x]}" for x in about.strongest),
        questions=flatten_frames(" ".join(suggested.first_of_each if suggested else ())),
        summary=summary_line(context),
        marker=f"<<<{secrets.token_hex(8)}>>>",
        about=known,
    )
