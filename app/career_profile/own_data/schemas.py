"""What a person gets of their own data."""

from datetime import datetime
from typing import Any

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.riasec.hexagon import Letter
from app.core.fields import Output

# As stored, also by an older version of the service: an export must not fail on a shape.
StoredDocument = dict[str, Any]


class ExportedRiasec(Output):
    riasec_code: str
    riasec_title: str | None
    classification_type: str
    is_inconsistent_profile: bool
    scores: dict[Letter, int]
    calculated_at: datetime


class ExportedFitCheck(Output):
    profession_id: int
    profession_code: str | None
    match_category: str
    rule_type: str
    dominant_letter_same: bool
    is_adjacent_hexagon: bool
    match_score: float
    created_at: datetime


class ExportedRun(Output):
    """A run with every stored document; null for a stage that was not reached.

    Goal and status are what is stored, also where another service wrote words of its own.
    """

    session_token: str
    persona_type: str | None
    test_goal: str
    target_profession_id: int | None
    status: str
    started_at: datetime
    riasec_completed_at: datetime | None
    ikigai_completed_at: datetime | None
    completed_at: datetime | None
    question_set_version: str | None
    question_ids: list[int] | None
    riasec_responses: StoredDocument | None
    riasec_result: ExportedRiasec | None
    candidates: StoredDocument | None
    ikigai_answers: dict[Dimension, StoredDocument] | None
    ikigai_dimension_scores: StoredDocument | None
    ikigai_total_scores: StoredDocument | None
    recommendation: StoredDocument | None
    fit_check_result: ExportedFitCheck | None


class OwnDataExport(Output):
    """Newest first."""

    items: list[ExportedRun]


class Deleted(Output):
    """How many runs are gone."""

    deleted: int
