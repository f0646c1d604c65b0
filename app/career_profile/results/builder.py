"""Puts the stored documents of a finished run together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.career_profile.decimals import round_half_up
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import (
    DimensionScoresData,
    TopProfession,
    TotalScoresData,
    build_profession_scores,
    build_total_scores_metadata,
)
from app.career_profile.ikigai.ranking import RankedProfession, Ranking, rank_professions
from app.career_profile.results.documents import (
    GenerationContext,
    ProfessionPhrases,
    RecommendationsData,
    RecommendedProfession,
    RiasecAlignment,
    ScoreBreakdown,
)
from app.career_profile.results.explanation import choose_phrases
from app.career_profile.results.narrative import NarrativeFacts
from app.career_profile.results.narrator import WrittenNarrative
from app.career_profile.riasec.documents import CandidateEntry, CandidatesData
from app.professions.context import RecommendationContext

PERCENT_PLACES = 2
UNKNOWN_CODE = "-"


@dataclass(frozen=True, slots=True)
class RankedRecommendation:
    """The ranking with what it needs of the catalogue, by profession id."""

    ranking: Ranking
    names: Mapping[int, str]
    contexts: Mapping[int, RecommendationContext]


def rank_remaining(
    scores: DimensionScoresData, candidates: CandidatesData, remaining: Collection[int]
) -> Ranking | None:
    """Rank the scored professions that remain in the catalogue; None when none does."""
    dimensions = {
        name: replace(found, scores=tuple(s for s in found.scores if s.profession_id in remaining))
        for name, found in scores.as_dimensions().items()
    }
    if not dimensions[DIMENSIONS[0]].scores:
        return None
    congruence = {item.profession_id: item.congruence_score for item in candidates.candidates}
    return rank_professions(dimensions, congruence)


def build_recommendations(
    user_code: str,
    candidates: CandidatesData,
    ranked: RankedRecommendation,
    written: WrittenNarrative,
    calculated_at: datetime,
) -> RecommendationsData:
    entries = {item.profession_id: item for item in candidates.candidates}
    return RecommendationsData(
        ikigai_profile_summary=dict(written.narrative.summaries),
        recommended_professions=[
            build_recommended(
                item,
                ranked.names[item.profession_id],
                written.narrative.reasons.get(item.profession_id, ""),
                _alignment(user_code, entries[item.profession_id], ranked.contexts),
            )
            for item in ranked.ranking.top
        ],
        generation_context=GenerationContext(
            user_riasec_code=user_code,
            total_candidates_evaluated=len(ranked.ranking.professions),
            top_2_selection_method="total_score_ranking",
            generation_timestamp=calculated_at,
            narrative_source=written.source,
        ),
        points_awarded=None,
    )


def build_phrases(facts: NarrativeFacts) -> list[ProfessionPhrases]:
    """Weighs the words of all texts: some milliseconds."""
    works = [item.for_scoring for item in facts.professions]
    chosen = choose_phrases(list(facts.answers.values()), facts.telling_names, works)
    return [
        ProfessionPhrases(profession_id=profession_id, phrases=phrases)
        for profession_id, phrases in chosen.items()
    ]


def build_total_scores(
    ranked: RankedRecommendation, recommendations: RecommendationsData, calculated_at: datetime
) -> TotalScoresData:
    summary = recommendations.ikigai_profile_summary
    return TotalScoresData(
        profession_scores=build_profession_scores(ranked.ranking, ranked.names),
        metadata=build_total_scores_metadata(ranked.ranking, calculated_at),
        top_professions=[
            TopProfession(
                profession_id=item.profession_id,
                profession_name=item.profession_name,
                match_percentage=int(round_half_up(item.score_breakdown.total_score, 0)),
                match_reasoning=item.match_reasoning,
            )
            for item in recommendations.recommended_professions
        ],
        love_narrative=summary[Dimension.LOVE],
        good_at_narrative=summary[Dimension.GOOD_AT],
        world_needs_narrative=summary[Dimension.WORLD_NEEDS],
        paid_for_narrative=summary[Dimension.PAID_FOR],
    )


def build_recommended(
    item: RankedProfession, name: str, reason: str, alignment: RiasecAlignment
) -> RecommendedProfession:
    return RecommendedProfession(
        rank=item.rank,
        profession_id=item.profession_id,
        profession_name=name,
        match_percentage=round_half_up(item.total, PERCENT_PLACES),
        match_reasoning=reason,
        riasec_alignment=alignment,
        score_breakdown=ScoreBreakdown(
            total_score=item.total,
            intrinsic_score=item.intrinsic,
            extrinsic_score=item.extrinsic,
            score_what_you_love=item.by_dimension[Dimension.LOVE],
            score_what_you_are_good_at=item.by_dimension[Dimension.GOOD_AT],
            score_what_the_world_needs=item.by_dimension[Dimension.WORLD_NEEDS],
            score_what_you_can_be_paid_for=item.by_dimension[Dimension.PAID_FOR],
        ),
    )


def _alignment(
    user_code: str, candidate: CandidateEntry, contexts: Mapping[int, RecommendationContext]
) -> RiasecAlignment:
    context = contexts.get(candidate.profession_id)
    return RiasecAlignment(
        user_code=user_code,
        profession_code=(context.code if context else None) or UNKNOWN_CODE,
        congruence_type=candidate.congruence_type,
        congruence_score=candidate.congruence_score,
    )
