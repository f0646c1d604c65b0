"""What the result routes answer."""

from datetime import datetime

from app.career_profile.decimals import Score
from app.career_profile.ikigai.certainty import Certainty
from app.career_profile.ikigai.content_writer import Source
from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.ikigai.schemas import Quality
from app.career_profile.ikigai.trace import SubScores
from app.career_profile.results.documents import RecommendedProfession
from app.career_profile.results.fit_check import FitRule, MatchCategory, Stars
from app.career_profile.riasec.hexagon import Letter
from app.career_profile.riasec.indices import Consistency
from app.core.fields import Output


class RiasecSummary(Output):
    riasec_code: str
    riasec_title: str
    top_types: list[str]
    total_candidates_found: int


class CandidateName(Output):
    profession_id: int
    name: str


class Explanation(Output):
    """Why this profession stands here.

    `tier` of the expansion; `letters` of the user's code that the profession's code has too;
    `sub_scores` as the model gave them; `tiebreak_step` null when the total decided the place;
    `phrases`: up to two parts of the user's own texts, word for word.
    """

    tier: int
    letters: list[str]
    sub_scores: dict[Dimension, SubScores]
    tiebreak_step: str | None
    phrases: list[str]


class ExplainedProfession(RecommendedProfession):
    """As stored, with its explanation."""

    explanation: Explanation


class RecommendationResult(Output):
    """What the user reads at the end.

    `certainty`: `close` when the places are nearer to each other than the model is precise.
    """

    session_token: str
    user_first_name: str
    test_completed_at: datetime
    riasec_summary: RiasecSummary
    candidate_profession_names: list[CandidateName]
    ikigai_profile_summary: dict[Dimension, str]
    recommended_professions: list[ExplainedProfession]
    points_awarded: None
    quality: Quality
    certainty: Certainty


class UserRiasec(Output):
    riasec_code: str
    riasec_title: str
    top_types: list[str]


class TargetProfession(Output):
    """With the code that the profession had when it was compared."""

    profession_id: int
    name: str
    riasec_code: str
    riasec_title: str


class FitExplanation(Output):
    """Composed by rule from the two codes."""

    meaning: str
    reason_points: list[str]
    implication: str
    next_steps: list[str]
    cta_primary: str
    cta_secondary: str
    match_label: str
    match_stars: Stars


class FitVerdict(Output):
    """`match_score` is 0 (all positions opposite) to 1 (all the same)."""

    match_category: MatchCategory
    match_label: str
    match_stars: Stars
    rule_type: FitRule
    dominant_letter_same: bool
    is_adjacent_hexagon: bool
    match_score: Score
    explanation: FitExplanation


class FitCheckResponse(Output):
    """How well the target profession fits."""

    session_token: str
    user_first_name: str
    test_completed_at: datetime
    user_riasec: UserRiasec
    target_profession: TargetProfession
    fit_check_result: FitVerdict
    points_awarded: None


class AboutText(Output):
    """The text about a code as the cache keeps it, and who wrote it."""

    about: str
    source: Source


class TopType(Output):
    letter: Letter
    name: str


class ProfileIndices(Output):
    """`consistency` is null for a code of one letter; `differentiation` is on a scale of 0-100."""

    consistency: Consistency | None
    differentiation: Score


class PersonalityResult(Output):
    """What a code says about a person."""

    session_token: str
    riasec_code: str
    riasec_title: str
    top_types: list[TopType]
    about_code: str
    about_source: Source
    strengths: list[str]
    challenges: list[str]
    strategies: list[str]
    interaction_styles: list[str]
    work_environments: list[str]
    indices: ProfileIndices
