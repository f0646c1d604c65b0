"""What the result routes answer."""

from datetime import datetime

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.ikigai.schemas import Quality
from app.career_profile.results.documents import RecommendedProfession
from app.core.fields import Output


class RiasecSummary(Output):
    riasec_code: str
    riasec_title: str
    top_types: list[str]
    total_candidates_found: int


class CandidateName(Output):
    profession_id: int
    name: str


class RecommendationResult(Output):
    """What the user reads at the end."""

    session_token: str
    user_first_name: str
    test_completed_at: datetime
    riasec_summary: RiasecSummary
    candidate_profession_names: list[CandidateName]
    ikigai_profile_summary: dict[Dimension, str]
    recommended_professions: list[RecommendedProfession]
    points_awarded: None
    quality: Quality
