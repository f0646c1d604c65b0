"""The recommended professions with their explanations, put together from a run's rows."""

from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.trace import UNKNOWN
from app.career_profile.results.documents import RecommendedProfession
from app.career_profile.results.explanation import (
    deciding_step,
    shared_letters,
    supporting_phrases,
    usable_phrases,
)
from app.career_profile.results.repository import RecommendationRow
from app.career_profile.results.schemas import ExplainedProfession, Explanation


def explain_professions(row: RecommendationRow) -> list[ExplainedProfession]:
    """Best first. Texts withheld from the model are not quoted either."""
    told = [answer.reasoning_text for answer in row.answers.values() if not answer.is_withheld]
    phrases = usable_phrases(told, list(row.names.values()))
    return [
        ExplainedProfession(**dict(item), explanation=_explanation(item, row, phrases))
        for item in row.recommendations.recommended_professions
    ]


def _explanation(
    item: RecommendedProfession, row: RecommendationRow, phrases: list[str]
) -> Explanation:
    pid = item.profession_id
    trace = row.dimension_scores.trace or {}
    work = row.works.get(pid)
    alignment = item.riasec_alignment
    (candidate,) = (entry for entry in row.candidates.candidates if entry.profession_id == pid)
    return Explanation(
        tier=candidate.expansion_tier,
        letters=shared_letters(alignment.user_code, alignment.profession_code),
        sub_scores={
            name: trace[name].sub_scores(pid) if name in trace else UNKNOWN for name in DIMENSIONS
        },
        tiebreak_step=deciding_step(row.first_places, pid),
        phrases=[] if work is None else supporting_phrases(phrases, work),
    )
