"""Asks the model how relevant a user's text is to each candidate, one dimension at a time."""

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import structlog

from app.career_profile.ikigai.canary import is_tripped, pick_canary
from app.career_profile.ikigai.dimensions import DIMENSION_TEXTS, Dimension
from app.career_profile.ikigai.injection import Candidates, weaken
from app.career_profile.ikigai.lexical import NOTHING, judge_text
from app.career_profile.ikigai.ranking import Outcome
from app.career_profile.ikigai.relevance import Judgement, read_judgements
from app.career_profile.ikigai.scoring_form import list_candidates, scoring_schema
from app.llm.budget import Budget
from app.llm.port import CompletionRequest, Deadline, LanguageModel, ModelError, Purpose
from app.llm.prompts import render
from app.llm.user_text import normalise, ready_for_model
from app.professions.context import ScoringContext

logger = structlog.get_logger()

PROMPTS = "app.career_profile.ikigai.prompts"
PROMPT = "ikigai_scoring_v3"
TEMPERATURE = 0.0
BASE_TOKENS = 200
# Some 2 ms; the longest text takes 10 ms, which is too long for the event loop.
QUICKLY_READ_CHARS = 500
TOKENS_PER_CANDIDATE = 40
MAX_ATTEMPTS = 4  # HTTP attempts of a dimension, in every combination of what is asked again
ATTEMPTS_OF_A_CALL = 2
TURNS = 2  # the second with another canary and order, when the first canary sang
NO_EVIDENCE = Judgement(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


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
    """At most four HTTP attempts per dimension: call, retry, and both once more for what is
    missing, or with another canary.
    """

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget
        # One at a time: several threads that compute keep the event loop and the database's
        # threads waiting for the interpreter, and fifty long texts at once ended in 503. Eight
        # hundred short ones in one turn of the loop would keep everybody else waiting.
        self._one_reader = asyncio.Semaphore(1)
        self._quick_chars = 0  # the first text waits 0.2 s until the patterns are compiled

    async def score(
        self,
        session_token: str,
        user_id: UUID,
        dimension: Dimension,
        text: str,
        candidates: Sequence[ScoringContext],
    ) -> ScoredDimension:
        """Judge all candidates. FAILED when the model fails for good or follows something else
        than the text; no evidence for anyone, and no call, when the text only speaks to the judge.
        """
        told = await self._read(text, candidates, dimension)
        if not told:
            ids = (item.profession_id for item in candidates)
            return ScoredDimension(Outcome.JUDGED, dict.fromkeys(ids, NO_EVIDENCE), None, 0)
        question = _Question(dimension, told, user_hash(user_id), self._budget.start())
        turn = _Turn(f"{session_token}:{dimension}", candidates, MAX_ATTEMPTS)
        found = await self._take(question, turn)
        if found.sang and found.scored.attempts < MAX_ATTEMPTS:
            again = await self._take(question, turn.another(found))
            attempts = found.scored.attempts + again.scored.attempts
            return replace(again.scored, attempts=attempts)
        return found.scored

    async def _read(
        self, text: str, candidates: Sequence[ScoringContext], dimension: Dimension
    ) -> str:
        async with self._one_reader:
            if len(text) > self._quick_chars:
                told = await asyncio.to_thread(what_is_told, text, candidates, dimension)
                self._quick_chars = QUICKLY_READ_CHARS
            else:
                told = what_is_told(text, candidates, dimension)
                await asyncio.sleep(0)  # what else the loop has to do comes before the next text
            return told

    async def _take(self, question: "_Question", turn: "_Turn") -> "_Taken":
        """Ask about all candidates and a canary, then once more about those that are missing.

        FAILED, too, when the canary sang or was never judged: nothing then tells whether the
        other judgements follow the text.
        """
        canary = pick_canary(turn.seed, turn.candidates, turn.spent)
        asked = [*turn.candidates, canary]
        random.Random(turn.seed).shuffle(asked)  # noqa: S311 - an order
        first = replace(
            await self._ask(question, asked, turn.attempts, "ikigai_scoring_dim_failed"),
            prompt_version=PROMPT,
            shuffle_seed=turn.seed,
        )
        scored = first
        missing = [item for item in asked if item.profession_id not in first.judgements]
        left = turn.attempts - first.attempts
        if first.judgements and missing and left and not _sang(first, canary):
            second = await self._ask(question, missing, left, "ikigai_scoring_missing_failed")
            scored = replace(
                first,
                judgements={**first.judgements, **second.judgements},
                attempts=first.attempts + second.attempts,
            )
        return _checked(scored, canary, question.dimension)

    async def _ask(
        self,
        question: "_Question",
        candidates: Sequence[ScoringContext],
        attempts: int,
        event: str,
    ) -> ScoredDimension:
        """One call and its retry, as far as `attempts` are left."""
        request = self._request(question, candidates, attempts)
        try:
            completion = await self._model.complete(request)
        except ModelError as error:
            why = {"reason": error.reason, "attempts": error.attempts}
            logger.warning(event, dimension=question.dimension, **why)
            return ScoredDimension(Outcome.FAILED, {}, None, error.attempts)
        return ScoredDimension(
            Outcome.JUDGED, completion.value, completion.model, completion.attempts
        )

    def _request(
        self, question: "_Question", candidates: Sequence[ScoringContext], attempts: int
    ) -> CompletionRequest[Mapping[int, Judgement]]:
        keyed = {f"C{place:02d}": item for place, item in enumerate(candidates, start=1)}
        marker = f"<<<{secrets.token_hex(8)}>>>"
        return CompletionRequest(
            purpose=Purpose.SCORING,
            messages=render(
                PROMPTS,
                PROMPT,
                dimension=DIMENSION_TEXTS[question.dimension].label,
                candidates=list_candidates(keyed),
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
            max_attempts=min(ATTEMPTS_OF_A_CALL, attempts),
            user=question.user,
        )


@dataclass(frozen=True, slots=True)
class _Question:
    dimension: Dimension
    text: str
    user: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class _Turn:
    """Who is asked about, in an order that follows from `seed`, in so many attempts at most."""

    seed: str
    candidates: Sequence[ScoringContext]
    attempts: int
    spent: frozenset[int] = frozenset()

    def another(self, taken: "_Taken") -> "_Turn":
        return _Turn(
            f"{self.seed}:{TURNS}",
            self.candidates,
            self.attempts - taken.scored.attempts,
            self.spent | {taken.canary},
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    """`sang`: the canary (its id) was found relevant or was never judged."""

    scored: ScoredDimension
    canary: int
    sang: bool


def _sang(scored: ScoredDimension, canary: ScoringContext) -> bool:
    judgement = scored.judgements.get(canary.profession_id)
    return judgement is not None and is_tripped(judgement)


def _checked(scored: ScoredDimension, canary: ScoringContext, dimension: Dimension) -> _Taken:
    """The canary taken out; without a single judgement of a candidate there is nothing left."""
    number = canary.profession_id
    found = {pid: item for pid, item in scored.judgements.items() if pid != number}
    failed = replace(scored, outcome=Outcome.FAILED, judgements={}, model=None)
    if not scored.judgements:
        return _Taken(failed, number, sang=False)
    judged = number in scored.judgements
    if judged and not _sang(scored, canary):
        good = replace(scored, judgements=found) if found else failed
        return _Taken(good, number, sang=False)
    logger.warning(
        "ikigai_scoring_canary_sang",
        dimension=dimension,
        reason="relevant" if judged else "missing",
    )
    return _Taken(failed, number, sang=True)


def what_is_told(text: str, candidates: Sequence[ScoringContext], dimension: Dimension) -> str:
    """What a text tells about its writer, ready for the model; "" when it only gives orders."""
    own_texts = [
        part
        for item in candidates
        for part in (item.about or "", *item.activities, *item.hard_skills)
    ]
    names = Candidates(tuple(item.name for item in candidates), tuple(own_texts))
    weakened = weaken(normalise(text), names)
    if weakened.orders:
        orders = sorted(weakened.orders)
        logger.info("ikigai_text_weakened", dimension=dimension, orders=orders)
    return ready_for_model(weakened.text)


def user_hash(user_id: UUID) -> str:
    """A stable pseudonym of the user for the provider's abuse detection."""
    return sha256(user_id.bytes).hexdigest()[:32]


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
    """The offline model's answer: lexical relevance of the text to each candidate.

    It follows no orders, so a canary would only tell of words met by chance: it gets nothing.
    """
    real = [item for item in facts.candidates.values() if item.profession_id > 0]
    found = judge_text(facts.text, real)
    return {
        "scores": [
            {"key": key, "k": float(scores.k), "s": float(scores.s), "b": float(scores.b)}
            for key, item in facts.candidates.items()
            for scores in (found.get(item.profession_id, NOTHING),)
        ]
    }
