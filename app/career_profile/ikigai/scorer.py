"""Asks the model how relevant a user's text is to each candidate, one dimension at a time."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

import structlog

from app.career_profile.ikigai.dimensions import DIMENSION_TEXTS, Dimension
from app.career_profile.ikigai.lexical import judge_text
from app.career_profile.ikigai.ranking import Outcome
from app.career_profile.ikigai.relevance import Judgement, read_judgements
from app.career_profile.ikigai.user_text import ready_for_model
from app.llm.budget import Budget
from app.llm.port import CompletionRequest, Deadline, LanguageModel, ModelError, Purpose
from app.llm.prompts import as_data, render
from app.professions.context import NOT_AVAILABLE, ScoringContext

logger = structlog.get_logger()

PROMPTS = "app.career_profile.ikigai.prompts"
PROMPT = "ikigai_scoring_v1"
TEMPERATURE = 0.0
BASE_TOKENS = 200
TOKENS_PER_CANDIDATE = 40


@dataclass(frozen=True, slots=True)
class ScoringFacts:
    """A text and the candidates under their opaque keys, in the order of the prompt."""

    text: str
    candidates: Mapping[str, ScoringContext]


@dataclass(frozen=True, slots=True)
class ScoredDimension:
    """`model` is None when no model judged; `attempts` counts HTTP attempts.

    `prompt_version` and `shuffle_seed` tell what the model was shown and in which order; None
    when it was not asked.
    """

    outcome: Outcome
    judgements: Mapping[int, Judgement]
    model: str | None
    attempts: int
    prompt_version: str | None = None
    shuffle_seed: str | None = None


WITHHELD = ScoredDimension(Outcome.WITHHELD, {}, None, 0)


class DimensionScorer:
    """At most four HTTP attempts per dimension: call, retry, and both once more for the missing."""

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget

    async def score(
        self,
        session_token: str,
        user_id: UUID,
        dimension: Dimension,
        text: str,
        candidates: Sequence[ScoringContext],
    ) -> ScoredDimension:
        """Judge all candidates; a model that fails for good makes the dimension FAILED."""
        deadline = self._budget.start()
        shuffled = list(candidates)
        seed = f"{session_token}:{dimension}"
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order
        ask = _Question(dimension, ready_for_model(text), user_hash(user_id), deadline)
        first = replace(
            await self._ask(ask, shuffled, "ikigai_scoring_dim_failed"),
            prompt_version=PROMPT,
            shuffle_seed=seed,
        )
        if not first.judgements:
            return first
        missing = [item for item in shuffled if item.profession_id not in first.judgements]
        if not missing:
            return first
        second = await self._ask(ask, missing, "ikigai_scoring_missing_failed")
        return replace(
            first,
            judgements={**first.judgements, **second.judgements},
            attempts=first.attempts + second.attempts,
        )

    async def _ask(
        self, question: "_Question", candidates: Sequence[ScoringContext], event: str
    ) -> ScoredDimension:
        keyed = {f"C{place:02d}": item for place, item in enumerate(candidates, start=1)}
        marker = f"<<<{secrets.token_hex(8)}>>>"
        request = CompletionRequest(
            purpose=Purpose.SCORING,
            messages=render(
                PROMPTS,
                PROMPT,
                dimension=DIMENSION_TEXTS[question.dimension].label,
                candidates=as_data([describe(key, item) for key, item in keyed.items()]),
                marker=marker,
                text=question.text,
            ),
            schema=scoring_schema(list(keyed)),
            read=scoring_reader({key: item.profession_id for key, item in keyed.items()}),
            facts=ScoringFacts(question.text, keyed),
            deadline=question.deadline,
            attempt_timeout_s=self._budget.attempt_timeout_s,
            temperature=TEMPERATURE,
            max_tokens=BASE_TOKENS + TOKENS_PER_CANDIDATE * len(keyed),
            user=question.user,
        )
        try:
            completion = await self._model.complete(request)
        except ModelError as error:
            logger.warning(
                event,
                dimension=question.dimension,
                reason=error.reason,
                attempts=error.attempts,
            )
            return ScoredDimension(Outcome.FAILED, {}, None, error.attempts)
        return ScoredDimension(
            Outcome.JUDGED, completion.value, completion.model, completion.attempts
        )


@dataclass(frozen=True, slots=True)
class _Question:
    dimension: Dimension
    text: str
    user: str
    deadline: Deadline


def user_hash(user_id: UUID) -> str:
    """A stable pseudonym of the user for the provider's abuse detection."""
    return sha256(user_id.bytes).hexdigest()[:32]


def describe(key: str, profession: ScoringContext) -> dict[str, object]:
    """The candidate as the prompt shows it; its id never leaves the process."""
    return {
        "key": key,
        "nama": profession.name,
        "deskripsi": profession.about or NOT_AVAILABLE,
        "aktivitas": list(profession.activities) or NOT_AVAILABLE,
        "keahlian": list(profession.hard_skills) or NOT_AVAILABLE,
    }


def scoring_schema(keys: Sequence[str]) -> dict[str, object]:
    """Strict JSON schema: k, s, b per candidate key."""
    unit = {"type": "number", "minimum": 0, "maximum": 1}
    entry = {
        "type": "object",
        "properties": {
            "key": {"type": "string", "enum": list(keys)},
            **dict.fromkeys(("k", "s", "b"), unit),
        },
        "required": ["key", "k", "s", "b"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"scores": {"type": "array", "items": entry}},
        "required": ["scores"],
        "additionalProperties": False,
    }


def scoring_reader(key_of: Mapping[str, int]) -> Callable[[object], Mapping[int, Judgement]]:
    """Reads the valid judgements; not a single one is bad output."""

    def read(answer: object) -> Mapping[int, Judgement]:
        entries = answer.get("scores") if isinstance(answer, Mapping) else answer
        judgements, unknown = read_judgements(entries if isinstance(entries, list) else [], key_of)
        if unknown:
            logger.info("ikigai_scoring_unknown_keys", count=unknown)
        if not judgements:
            raise ValueError("no usable judgement")
        return judgements

    return read


def answer_offline(facts: ScoringFacts) -> object:
    """The offline model's answer: lexical relevance of the text to each candidate."""
    found = judge_text(facts.text, list(facts.candidates.values()))
    return {
        "scores": [
            {
                "key": key,
                "k": float(found[item.profession_id].k),
                "s": float(found[item.profession_id].s),
                "b": float(found[item.profession_id].b),
            }
            for key, item in facts.candidates.items()
        ]
    }
