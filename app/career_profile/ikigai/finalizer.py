"""Finalize: score, rank, name two professions with reasons, close the session.

The work rests on two commits. The first saves the dimension scores (the model's work), the
second everything that a completed session has. Whoever comes again starts where the rows end.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from app.career_profile.completion import CompletedSession, OnCompleted, tell_completed
from app.career_profile.decimals import exact
from app.career_profile.errors import IkigaiNotCompleted, NoCandidates, SessionNotFound
from app.career_profile.ikigai import repository
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import (
    DimensionScoresData,
    build_dimension_scores_data,
)
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    Outcome,
    Ranking,
    score_dimension,
)
from app.career_profile.ikigai.repository import FinalizeRow
from app.career_profile.ikigai.scorer import WITHHELD, DimensionScorer, ScoredDimension, user_hash
from app.career_profile.progress import OnProgress, Progress, Step, tell_nobody
from app.career_profile.results.builder import (
    RankedRecommendation,
    build_phrases,
    build_recommendations,
    build_total_scores,
    rank_remaining,
)
from app.career_profile.results.narrative import NarrativeFacts
from app.career_profile.results.narrator import RecommendationNarrator, WrittenNarrative
from app.career_profile.sessions.models import SessionStatus
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.llm.port import Purpose
from app.professions.context import ScoringContext
from app.professions.repository import (
    profession_names,
    recommendation_contexts,
    scoring_contexts,
)

logger = structlog.get_logger()

MODEL_NAME_CHARS = 50
NO_MODEL = "fallback"


@dataclass(frozen=True, slots=True)
class _Loaded:
    row: FinalizeRow
    contexts: Mapping[int, ScoringContext]

    @property
    def present(self) -> list[int]:
        """Candidates that are still in the catalogue, when they are yet to be scored."""
        return [pid for pid in self.row.candidates.profession_ids if pid in self.contexts]


class Finalizer:
    """Turns four answers into a completed session; safe to run any number of times."""

    def __init__(
        self,
        database: Database,
        scorer: DimensionScorer,
        narrator: RecommendationNarrator,
        clock: Clock,
        evidence_floor: float,
        on_completed: OnCompleted = (),
        on_progress: OnProgress = tell_nobody,
    ) -> None:
        self._database = database
        self._scorer = scorer
        self._narrator = narrator
        self._clock = clock
        self._evidence_floor = exact(evidence_floor)
        self._on_completed = on_completed
        self._on_progress = on_progress

    async def finalize(self, session_id: int) -> bool:
        """Complete the session; False when somebody else did. Raises SessionNotFound when it
        vanished, NoCandidates when every candidate did; a failing model only weakens the result.
        """
        started = time.perf_counter()
        loaded = await self._database.transact(lambda c: self._begin(c, session_id))
        if loaded.row.session.status is SessionStatus.COMPLETED:
            return False
        with metrics.timed(metrics.finalize_duration, vanished=(SessionNotFound, NoCandidates)):
            scores = loaded.row.dimension_scores or await self._score(loaded)
            ranking = await self._complete(loaded.row, scores)
        if ranking is not None:
            _log_success(session_id, ranking, time.perf_counter() - started)
        return ranking is not None

    def _begin(self, connection: Connection, session_id: int) -> _Loaded:
        """What the rows hold; its owner is told when the judging begins now. The session is kept
        from being deleted until this is committed: nobody is told of one that is gone, and who
        erases a person removes what was told.
        """
        row = repository.find_for_finalize(connection, session_id)
        if row is None:
            raise SessionNotFound
        if len(row.answers) < len(DIMENSIONS):
            raise IkigaiNotCompleted
        if row.dimension_scores or row.session.status is SessionStatus.COMPLETED:
            return _Loaded(row, {})
        contexts = scoring_contexts(connection, row.candidates.profession_ids)
        if contexts:
            self._tell(connection, row, Step.SCORING)
        return _Loaded(row, contexts)

    async def _score(self, loaded: _Loaded) -> DimensionScoresData:
        """Ask the model about all four dimensions at once; the first commit."""
        row, present = loaded.row, loaded.present
        if not present:
            raise NoCandidates
        logger.info(
            "ikigai_scoring_start", session_id=row.session.id, total_professions=len(present)
        )
        scored = await self._judge(row, [loaded.contexts[pid] for pid in present])
        document = build_dimension_scores_data(
            {
                name: score_dimension(
                    present, self._input(row, name, scored[name], present), self._evidence_floor
                )
                for name in DIMENSIONS
            },
            judged=scored,
            vanished=[pid for pid in row.candidates.profession_ids if pid not in present],
            calculated_at=self._clock(),
        )
        calls = sum(item.attempts for item in scored.values())

        def save(connection: Connection) -> DimensionScoresData | None:
            stored = repository.save_dimension_scores(
                connection, row.session.id, document, busiest_model(scored), calls
            )
            if stored is document:
                self._tell(connection, row, Step.SCORED)
            return stored

        stored = await self._database.transact(save)
        if stored is None:
            raise SessionNotFound
        if stored is document:
            failed = sum(item.outcome is Outcome.FAILED for item in scored.values())
            metrics.model_fallbacks.labels(Purpose.SCORING).inc(failed)
        return stored

    def _tell(self, connection: Connection, row: FinalizeRow, step: Step) -> None:
        progress = Progress(row.user_id, row.session.session_token, (step,))
        self._on_progress(connection, progress)

    async def _judge(
        self, row: FinalizeRow, candidates: Sequence[ScoringContext]
    ) -> dict[Dimension, ScoredDimension]:
        """All dimensions at once, but for texts withheld; no connection is held meanwhile."""
        asked = [name for name in DIMENSIONS if not row.answers[name].is_withheld]
        answers = await asyncio.gather(
            *(
                self._scorer.score(
                    row.session.session_token,
                    row.user_id,
                    name,
                    row.answers[name].reasoning_text,
                    candidates,
                )
                for name in asked
            )
        )
        scored = dict(zip(asked, answers, strict=True))
        return {name: scored.get(name, WITHHELD) for name in DIMENSIONS}

    @staticmethod
    def _input(
        row: FinalizeRow, name: Dimension, scored: ScoredDimension, present: list[int]
    ) -> DimensionInput:
        selected = row.answers[name].selected_profession_id
        if selected is not None and selected not in present:
            logger.warning(
                "ikigai_invalid_selected_profession",
                session_id=row.session.id,
                dimension=name,
                profession_id=selected,
            )
        return DimensionInput(scored.outcome, scored.judgements, selected)

    async def _complete(self, row: FinalizeRow, scores: DimensionScoresData) -> Ranking | None:
        """Rank, write the reasons, and commit all that a completed session has.

        None when somebody else completed it meanwhile, or the session vanished.
        """
        ranked = await self._database.read(lambda c: _rank(c, row, scores))
        facts = narrative_facts(row, ranked)
        written, phrases = await asyncio.gather(
            self._narrator.write(facts, user_hash(row.user_id)),
            asyncio.to_thread(build_phrases, facts),
        )
        at = self._clock()
        recommendations = build_recommendations(
            row.user_code, row.candidates, ranked, written, scores.metadata.calculated_at
        )
        totals = build_total_scores(ranked, recommendations, scores.metadata.calculated_at)
        model = (written.model or NO_MODEL)[:MODEL_NAME_CHARS]
        session = row.session
        completed = CompletedSession(
            session.id, session.session_token, row.user_id, session.test_goal
        )

        def complete(connection: Connection) -> bool:
            done = repository.complete_session(
                connection, row.session.id, totals, recommendations, phrases, model, at
            )
            if done:
                tell_completed(self._on_completed, connection, completed)
            return done

        if not await self._database.transact(complete):
            return None
        logger.info("recommendation_narrative_saved", session_id=row.session.id)
        _count_completed(row, written)
        return ranked.ranking


def _log_success(session_id: int, ranking: Ranking, elapsed_s: float) -> None:
    top = [item.profession_id for item in ranking.top]
    logger.info(
        "ikigai_finalize_success",
        session_id=session_id,
        total_professions=len(ranking.professions),
        top_1_id=top[0],
        top_2_id=top[1] if len(top) > 1 else None,
        tie_breaking_applied=bool(ranking.tied),
        elapsed_seconds=round(elapsed_s, 2),
    )


def _count_completed(row: FinalizeRow, written: WrittenNarrative) -> None:
    metrics.session_transitions.labels(row.session.test_goal, SessionStatus.COMPLETED).inc()
    if written.source == "fallback":
        metrics.model_fallbacks.labels(Purpose.NARRATIVE).inc()


def _rank(
    connection: Connection, row: FinalizeRow, scores: DimensionScoresData
) -> RankedRecommendation:
    """Rank what is still in the catalogue; a profession may vanish between the two commits."""
    names = profession_names(connection, row.candidates.profession_ids)
    ranking = rank_remaining(scores, row.candidates, names)
    if ranking is None:
        raise NoCandidates
    contexts = recommendation_contexts(connection, [p.profession_id for p in ranking.top])
    return RankedRecommendation(ranking, names, contexts)


def narrative_facts(row: FinalizeRow, ranked: RankedRecommendation) -> NarrativeFacts:
    return NarrativeFacts(
        user_code=row.user_code,
        code_title=row.code_title,
        strengths=row.strengths,
        answers={
            name: answer.reasoning_text
            for name, answer in row.answers.items()
            if not answer.is_withheld
        },
        professions=tuple(
            ranked.contexts[item.profession_id]
            for item in ranked.ranking.top
            if item.profession_id in ranked.contexts
        ),
        telling_names=tuple(ranked.names.values()),
        two_directions=row.candidates.metadata.split_path_strategy,
    )


def busiest_model(scored: Mapping[Dimension, ScoredDimension]) -> str:
    """The model that answered most dimensions, the earliest on a tie; "fallback" when none did."""
    models = [scored[name].model for name in DIMENSIONS]
    answered = [model for model in models if model is not None]
    if not answered:
        return NO_MODEL
    return max(answered, key=answered.count)[:MODEL_NAME_CHARS]
