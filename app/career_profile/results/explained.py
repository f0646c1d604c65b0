"""The recommended professions with their explanations, put together from a run's rows."""

from collections.abc import Mapping, Sequence

from app.career_profile.ikigai.ranking import RankedProfession
from app.career_profile.results.documents import RecommendedProfession
from app.career_profile.results.explanation import deciding_step, shared_letters
from app.career_profile.results.recommendation.document import StoredRecommendation
from app.career_profile.results.schemas import ExplainedProfession, Explanation

Phrases = Mapping[int, list[str]]


def explain_professions(
    told: StoredRecommendation, ranked: Sequence[RankedProfession], phrases: Phrases
) -> list[ExplainedProfession]:
    """Best first. `ranked` are the first places, `phrases` by profession id."""
    return [
        # What is stored was validated when it was read.
        ExplainedProfession.model_construct(
            **dict(item), explanation=_explanation(item, told, ranked, phrases)
        )
        for item in told.recommendations.recommended_professions
    ]


def _explanation(
    item: RecommendedProfession,
    told: StoredRecommendation,
    ranked: Sequence[RankedProfession],
    phrases: Phrases,
) -> Explanation:
    pid = item.profession_id
    alignment = item.riasec_alignment
    return Explanation(
        tier=told.tier_of(pid),
        letters=shared_letters(alignment.user_code, alignment.profession_code),
        sub_scores=told.sub_scores_of(pid),
        tiebreak_step=deciding_step(ranked, pid),
        phrases=phrases.get(pid, []),
    )
