"""The JSON columns of a recommendation: for writing and for reading."""

from datetime import datetime
from typing import Literal

from app.career_profile.decimals import Score
from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.riasec.expansion import CongruenceType
from app.core.fields import Output


class RiasecAlignment(Output):
    user_code: str
    profession_code: str
    congruence_type: CongruenceType
    congruence_score: Score


class ScoreBreakdown(Output):
    total_score: Score
    intrinsic_score: Score
    extrinsic_score: Score
    score_what_you_love: Score
    score_what_you_are_good_at: Score
    score_what_the_world_needs: Score
    score_what_you_can_be_paid_for: Score


class RecommendedProfession(Output):
    """`match_percentage` is the total score, 0 to 100, rounded to 2 places."""

    rank: int
    profession_id: int
    profession_name: str
    match_percentage: Score
    match_reasoning: str
    riasec_alignment: RiasecAlignment
    score_breakdown: ScoreBreakdown


class GenerationContext(Output):
    user_riasec_code: str
    total_candidates_evaluated: int
    top_2_selection_method: Literal["total_score_ranking"]
    generation_timestamp: datetime
    narrative_source: Literal["model", "fallback"]


class RecommendationsData(Output):
    """`career_recommendations.recommendations_data`."""

    ikigai_profile_summary: dict[Dimension, str]
    recommended_professions: list[RecommendedProfession]
    generation_context: GenerationContext
    points_awarded: None


class ProfessionPhrases(Output):
    """An entry of `career_recommendations.supporting_phrases`: parts of the user's own texts."""

    profession_id: int
    phrases: list[str]
