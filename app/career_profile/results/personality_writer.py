"""Writes the text about a code: one model call of at most two attempts."""

from collections.abc import Callable, Mapping
from typing import Any

from app.career_profile.results.personality import (
    PersonalityFacts,
    compose_about,
    find_about_defects,
)
from app.llm.budget import Budget
from app.llm.port import Completion, CompletionRequest, LanguageModel, Purpose
from app.llm.prompts import as_data, render
from app.llm.text import one_clean_line
from app.professions.context import NOT_AVAILABLE

PROMPTS = "app.career_profile.results.prompts"
PROMPT = "riasec_personality_v1"
TEMPERATURE = 0.6
MAX_TOKENS = 700
MAX_ATTEMPTS = 2
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"about": {"type": "string"}},
    "required": ["about"],
    "additionalProperties": False,
}


class PersonalityWriter:
    """No user data goes out: a text is about the code alone."""

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget

    async def write(self, facts: PersonalityFacts) -> str:
        """A text that keeps the rules; raises the `ModelError` of a model that gives none."""
        request = CompletionRequest(
            purpose=Purpose.PERSONALITY,
            messages=render(
                PROMPTS, PROMPT, code=facts.code, title=facts.title, texts=as_data(describe(facts))
            ),
            schema=SCHEMA,
            read=about_reader(facts),
            facts=facts,
            deadline=self._budget.start(),
            attempt_timeout_s=self._budget.attempt_timeout_s,
            temperature=TEMPERATURE,
            max_tokens=MAX_TOKENS,
            max_attempts=MAX_ATTEMPTS,
        )
        completion: Completion[str] = await self._model.complete(request)
        return completion.value


def answer_offline(facts: PersonalityFacts) -> object:
    """The offline model's answer: composed from the code's own texts."""
    return {"about": compose_about(facts)}


def describe(facts: PersonalityFacts) -> dict[str, Any]:
    """The code as the prompt shows it; what is missing reads "Tidak tersedia"."""
    lists = {
        "kekuatan": facts.strengths,
        "tantangan": facts.challenges,
        "saran": facts.strategies,
        "lingkungan_kerja": facts.work_environments,
        "cara_berinteraksi": facts.interaction_styles,
    }
    return {name: list(lines) or NOT_AVAILABLE for name, lines in lists.items()}


def about_reader(facts: PersonalityFacts) -> Callable[[object], str]:
    """Reads a text that keeps the rules; anything else is bad output."""

    def read(answer: object) -> str:
        text = one_clean_line(answer.get("about")) if isinstance(answer, Mapping) else ""
        if find_about_defects(text, facts):
            raise ValueError("breaks the rules")
        return text

    return read
