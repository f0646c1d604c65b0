"""The JSON columns of the Ikigai stage: one model per column, for writing and for reading."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from app.career_profile.decimals import Score
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.ranking import (
    TIEBREAK_CRITERIA,
    CandidateScore,
    DimensionScores,
    RankedProfession,
    Ranking,
)
from app.career_profile.ikigai.trace import Judged, Trace, build_trace
from app.core.fields import Output
from app.llm.withheld import speaks_of_self_harm

SelectionType = Literal["selected", "not_selected"]
NarrativeSource = Literal["model", "fallback"]


class DimensionAnswer(Output):
    """A dimension's column in `ikigai_responses`."""

    selected_profession_id: int | None
    selection_type: SelectionType
    reasoning_text: str
    answered_at: datetime

    @cached_property
    def is_withheld(self) -> bool:
        """The text must not reach a model: it speaks of self-harm."""
        return speaks_of_self_harm(self.reasoning_text)

    def same_as(self, other: "DimensionAnswer") -> bool:
        """The very same answer: selection, type and trimmed text, whenever it was given."""
        return (
            self.selected_profession_id == other.selected_profession_id
            and self.selection_type == other.selection_type
            and self.reasoning_text.strip() == other.reasoning_text.strip()
        )


class DimensionScoreEntry(Output):
    profession_id: int
    r_raw: Score
    r_normalized: Score
    text_score: Score
    click_score: Score
    dimension_total: Score


class NormalizationParams(Output):
    r_min: Score
    r_max: Score
    professions_evaluated: int


class DimensionScoresMetadata(Output):
    total_candidates_scored: int
    scoring_strategy: Literal["batch_semantic_matching"]
    fallback_used: bool
    failed_dimensions: list[Dimension]
    calculated_at: datetime
    imputed: dict[Dimension, list[int]]
    low_evidence: list[Dimension]
    vanished: list[int]
    models: dict[Dimension, str | None]


class ScoringSummary(Output):
    """How the dimensions were judged, without the scores."""

    normalization_params: dict[Dimension, NormalizationParams]
    metadata: DimensionScoresMetadata

    @property
    def withheld(self) -> list[Dimension]:
        """Dimensions whose text was kept from the model: no evidence, and nobody was judged.

        That no model answered does not tell: a text in which nothing is told is judged by rule.
        """
        evaluated = self.normalization_params
        return [
            name
            for name in self.metadata.low_evidence
            if evaluated[name].professions_evaluated == 0
        ]


class DimensionScoresData(ScoringSummary):
    """`ikigai_dimension_scores.scores_data`; lists in display order.

    `trace` is always written; rows from before it lack the key and stay as they are.
    """

    dimension_scores: dict[Dimension, list[DimensionScoreEntry]]
    trace: Annotated[Trace | None, Field(exclude_if=lambda trace: trace is None)] = None

    def as_dimensions(self) -> dict[Dimension, DimensionScores]:
        """The scores as the ranking rule takes them."""
        found = {}
        for name in DIMENSIONS:
            params = self.normalization_params[name]
            found[name] = DimensionScores(
                scores=tuple(
                    CandidateScore(
                        entry.profession_id,
                        entry.r_raw,
                        entry.r_normalized,
                        entry.text_score,
                        entry.click_score,
                        entry.dimension_total,
                    )
                    for entry in self.dimension_scores[name]
                ),
                r_min=params.r_min,
                r_max=params.r_max,
                evaluated=params.professions_evaluated,
                imputed=tuple(self.metadata.imputed.get(name, ())),
                low_evidence=name in self.metadata.low_evidence,
                failed=name in self.metadata.failed_dimensions,
            )
        return found


class ProfessionScoreEntry(Output):
    rank: int
    profession_id: int
    profession_name: str
    total_score: Score
    intrinsic_score: Score
    extrinsic_score: Score
    congruence_score: Score
    avg_r_normalized: Score
    score_what_you_love: Score
    score_what_you_are_good_at: Score
    score_what_the_world_needs: Score
    score_what_you_can_be_paid_for: Score

    def as_ranked(self) -> RankedProfession:
        """The entry as the rules take it."""
        points = (
            self.score_what_you_love,
            self.score_what_you_are_good_at,
            self.score_what_the_world_needs,
            self.score_what_you_can_be_paid_for,
        )
        return RankedProfession(
            rank=self.rank,
            profession_id=self.profession_id,
            total=self.total_score,
            intrinsic=self.intrinsic_score,
            extrinsic=self.extrinsic_score,
            congruence=self.congruence_score,
            avg_r_normalized=self.avg_r_normalized,
            by_dimension=dict(zip(DIMENSIONS, points, strict=True)),
        )


class TieBreakingDetails(Output):
    tied_profession_ids: list[int]
    tied_total_score: Score
    tiebreak_criteria_used: list[str]


class TotalScoresMetadata(Output):
    total_professions_ranked: int
    tie_breaking_applied: bool
    tie_breaking_details: TieBreakingDetails | None
    top_2_professions: list[int | None]
    calculated_at: datetime


class TopProfession(Output):
    """For the Go admin; `match_percentage` is an integer there."""

    profession_id: int
    profession_name: str
    match_percentage: int
    match_reasoning: str


class TotalScoresData(Output):
    """`ikigai_total_scores.scores_data`; inserted complete, never updated."""

    profession_scores: list[ProfessionScoreEntry]
    metadata: TotalScoresMetadata
    top_professions: list[TopProfession]
    love_narrative: str
    good_at_narrative: str
    world_needs_narrative: str
    paid_for_narrative: str


def build_dimension_scores_data(
    dimensions: Mapping[Dimension, DimensionScores],
    judged: Mapping[Dimension, Judged],
    vanished: Sequence[int],
    calculated_at: datetime,
) -> DimensionScoresData:
    scored = [item.profession_id for item in dimensions[DIMENSIONS[0]].scores]
    failed = [name for name in DIMENSIONS if dimensions[name].failed]
    return DimensionScoresData(
        dimension_scores={
            name: [_score_entry(score) for score in dimensions[name].scores] for name in DIMENSIONS
        },
        normalization_params={
            name: NormalizationParams(
                r_min=dimensions[name].r_min,
                r_max=dimensions[name].r_max,
                professions_evaluated=dimensions[name].evaluated,
            )
            for name in DIMENSIONS
        },
        metadata=DimensionScoresMetadata(
            total_candidates_scored=len(scored),
            scoring_strategy="batch_semantic_matching",
            fallback_used=bool(failed),
            failed_dimensions=failed,
            calculated_at=calculated_at,
            imputed={
                name: list(dimensions[name].imputed)
                for name in DIMENSIONS
                if dimensions[name].imputed
            },
            low_evidence=[name for name in DIMENSIONS if dimensions[name].low_evidence],
            vanished=list(vanished),
            models={name: judged[name].model for name in DIMENSIONS},
        ),
        trace=build_trace(judged, scored),
    )


def build_profession_scores(
    ranking: Ranking, names: Mapping[int, str]
) -> list[ProfessionScoreEntry]:
    return [_ranked_entry(item, names[item.profession_id]) for item in ranking.professions]


def build_total_scores_metadata(ranking: Ranking, calculated_at: datetime) -> TotalScoresMetadata:
    ids: list[int | None] = [item.profession_id for item in ranking.top]
    details = None
    if ranking.tied:
        details = TieBreakingDetails(
            tied_profession_ids=list(ranking.tied),
            tied_total_score=ranking.professions[0].total,
            tiebreak_criteria_used=list(TIEBREAK_CRITERIA),
        )
    return TotalScoresMetadata(
        total_professions_ranked=len(ranking.professions),
        tie_breaking_applied=details is not None,
        tie_breaking_details=details,
        top_2_professions=ids if len(ids) > 1 else [*ids, None],
        calculated_at=calculated_at,
    )


def _score_entry(score: CandidateScore) -> DimensionScoreEntry:
    return DimensionScoreEntry(
        profession_id=score.profession_id,
        r_raw=score.r_raw,
        r_normalized=score.r_normalized,
        text_score=score.text_score,
        click_score=score.click_score,
        dimension_total=score.dimension_total,
    )


def _ranked_entry(item: RankedProfession, name: str) -> ProfessionScoreEntry:
    return ProfessionScoreEntry(
        rank=item.rank,
        profession_id=item.profession_id,
        profession_name=name,
        total_score=item.total,
        intrinsic_score=item.intrinsic,
        extrinsic_score=item.extrinsic,
        congruence_score=item.congruence,
        avg_r_normalized=item.avg_r_normalized,
        score_what_you_love=item.by_dimension[Dimension.LOVE],
        score_what_you_are_good_at=item.by_dimension[Dimension.GOOD_AT],
        score_what_the_world_needs=item.by_dimension[Dimension.WORLD_NEEDS],
        score_what_you_can_be_paid_for=item.by_dimension[Dimension.PAID_FOR],
    )
