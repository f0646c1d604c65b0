"""Writes the reasons of a recommendation: one model call, by rule when it fails."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import structlog

from app.career_profile.ikigai.dimensions import DIMENSION_TEXTS, DIMENSIONS
from app.career_profile.results.composer import compose_narrative, general_summary
from app.career_profile.results.narrative import (
    NarrativeFacts,
    RecommendationNarrative,
    find_narrative_defects,
)
from app.llm.budget import Budget
from app.llm.port import CompletionRequest, LanguageModel, ModelError, Purpose
from app.llm.prompts import as_data, render
from app.llm.text import one_clean_line
from app.llm.user_text import ready_for_model
from app.professions.context import NOT_AVAILABLE, RecommendationContext, describe_step

logger = structlog.get_logger()

PROMPTS = "app.career_profile.results.prompts"
PROMPT = "recommendation_narrative_v1"
TEMPERATURE = 0.6
MAX_TOKENS = 1600
ONE_DIRECTION = "Minatnya searah; tulis sebagai satu arah."
TWO_DIRECTIONS = "Minatnya menuju dua arah yang berbeda; akui keduanya dengan hangat."

Source = Literal["model", "fallback"]


@dataclass(frozen=True, slots=True)
class WrittenNarrative:
    """`model` is None when the text was composed by rule."""

    narrative: RecommendationNarrative
    source: Source
    model: str | None


class RecommendationNarrator:
    """At most two HTTP attempts."""

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget

    async def write(self, facts: NarrativeFacts, user: str) -> WrittenNarrative:
        """The narrative of a recommendation; a failing model never loses the scores."""
        marker = f"<<<{secrets.token_hex(8)}>>>"
        answers = "\n\n".join(
            f"{DIMENSION_TEXTS[name].label}:\n{ready_for_model(facts.answers[name])}"
            for name in DIMENSIONS
            if name in facts.answers
        )
        request = CompletionRequest(
            purpose=Purpose.NARRATIVE,
            messages=render(
                PROMPTS,
                PROMPT,
                direction=TWO_DIRECTIONS if facts.two_directions else ONE_DIRECTION,
                code=facts.user_code,
                title=facts.code_title,
                strengths=" ".join(facts.strengths),
                professions=as_data([describe(item) for item in facts.professions]),
                marker=marker,
                answers=answers,
            ),
            schema=narrative_schema(facts),
            read=narrative_reader(facts),
            facts=facts,
            deadline=self._budget.start(),
            attempt_timeout_s=self._budget.attempt_timeout_s,
            temperature=TEMPERATURE,
            max_tokens=MAX_TOKENS,
            user=user,
        )
        try:
            completion = await self._model.complete(request)
        except ModelError as error:
            logger.warning(
                "recommendation_narrative_failed", reason=error.reason, attempts=error.attempts
            )
            composed = await asyncio.to_thread(compose_narrative, facts)
            return WrittenNarrative(composed, "fallback", None)
        return WrittenNarrative(completion.value, "model", completion.model)


def answer_offline(facts: NarrativeFacts) -> object:
    """The offline model's answer, composed from the user's words and the professions' data."""
    narrative = compose_narrative(facts)
    return {
        "summaries": {name.value: text for name, text in narrative.summaries.items()},
        "reasons": [
            {"profession_id": pid, "reason": text} for pid, text in narrative.reasons.items()
        ],
    }


def describe(profession: RecommendationContext) -> dict[str, object]:
    return {
        "profession_id": profession.profession_id,
        "nama": profession.name,
        "kode_riasec": profession.code or NOT_AVAILABLE,
        "deskripsi": profession.about or NOT_AVAILABLE,
        "kecocokan_kepribadian": profession.riasec_description or NOT_AVAILABLE,
        "kekuatan": list(profession.strengths) or NOT_AVAILABLE,
        "lingkungan_kerja": list(profession.work_environments) or NOT_AVAILABLE,
        "aktivitas": list(profession.activities) or NOT_AVAILABLE,
        "keahlian": list(profession.hard_skills) or NOT_AVAILABLE,
        "karier_awal": describe_step(profession.entry),
        "karier_senior": describe_step(profession.senior),
    }


def narrative_schema(facts: NarrativeFacts) -> dict[str, object]:
    """Strict JSON schema: a summary per answer and a reason per recommended profession."""
    ids = [item.profession_id for item in facts.professions]
    summaries = {
        "type": "object",
        "properties": {name.value: {"type": "string"} for name in facts.answers},
        "required": list(facts.answers),
        "additionalProperties": False,
    }
    reason = {
        "type": "object",
        "properties": {
            "profession_id": {"type": "integer", "enum": ids},
            "reason": {"type": "string"},
        },
        "required": ["profession_id", "reason"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"summaries": summaries, "reasons": {"type": "array", "items": reason}},
        "required": ["summaries", "reasons"],
        "additionalProperties": False,
    }


def narrative_reader(facts: NarrativeFacts) -> Callable[[object], RecommendationNarrative]:
    """Reads a complete narrative that keeps the rules; anything else is bad output.

    A dimension whose text was withheld is summarised by rule, without quoting it.
    """

    def read(answer: object) -> RecommendationNarrative:
        given = answer if isinstance(answer, Mapping) else {}
        summaries, reasons = given.get("summaries"), given.get("reasons")
        if not isinstance(summaries, Mapping) or not isinstance(reasons, list):
            raise ValueError("incomplete")  # noqa: TRY004 - ValueError is the reader's contract
        texts = {name: one_clean_line(summaries.get(name.value)) for name in facts.answers}
        by_id = {
            item["profession_id"]: one_clean_line(item.get("reason"))
            for item in reasons
            if isinstance(item, Mapping) and isinstance(item.get("profession_id"), int)
        }
        narrative = RecommendationNarrative(
            {
                name: texts[name] if name in texts else general_summary(name, facts)
                for name in DIMENSIONS
            },
            {item.profession_id: by_id.get(item.profession_id, "") for item in facts.professions},
        )
        if find_narrative_defects(narrative, facts):
            raise ValueError("breaks the rules")
        return narrative

    return read
