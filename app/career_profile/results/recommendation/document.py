"""What the documents of a finished run tell about its recommendation."""

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import ProfessionScoreEntry, ScoringSummary
from app.career_profile.ikigai.trace import UNKNOWN, SubScores, TracedCandidate
from app.career_profile.results.documents import ProfessionPhrases, RecommendationsData
from app.career_profile.results.schemas import CandidateName
from app.career_profile.riasec.documents import CandidateEntry
from app.core.fields import Output


class StoredRecommendation(Output):
    """Put together by PostgreSQL out of a run's rows.

    `names` of the candidates that still exist, in display order; `candidates` and `traced` of the
    recommended professions only, the latter empty in rows from before the trace. `first_places`:
    at most three, best first. `phrases` is None in rows from before they were stored.
    """

    riasec_code: str
    riasec_title: str
    total_candidates: int
    names: list[CandidateName]
    candidates: list[CandidateEntry]
    scoring: ScoringSummary
    traced: dict[Dimension, list[TracedCandidate]]
    first_places: list[ProfessionScoreEntry]
    recommendations: RecommendationsData
    phrases: list[ProfessionPhrases] | None

    def tier_of(self, profession_id: int) -> int:
        """The tier of the expansion that found a recommended profession."""
        (found,) = (item for item in self.candidates if item.profession_id == profession_id)
        return found.expansion_tier

    def sub_scores_of(self, profession_id: int) -> dict[Dimension, SubScores]:
        """Of a recommended profession; nulls where it was not scored."""
        return {
            name: next(
                (
                    SubScores(k=item.k, s=item.s, b=item.b)
                    for item in self.traced[name]
                    if item.profession_id == profession_id
                ),
                UNKNOWN,
            )
            for name in DIMENSIONS
        }
