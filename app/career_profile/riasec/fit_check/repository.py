"""A fit check's answers, result and verdict."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.career_profile.results.fit_check import FitCheck
from app.career_profile.riasec.repository import ANSWERS_AND_RESULT, NewResult

STORE_FIT_CHECK_RESULT = text(
    f"""
    WITH session AS (
        UPDATE careerprofile_test_sessions
        SET status = 'completed', riasec_completed_at = :at, completed_at = :at
        WHERE id = :session_id AND status = 'riasec_ongoing'
        RETURNING id, user_id
    ), {ANSWERS_AND_RESULT}, history AS (
        UPDATE kenalidiri_history SET status = 'completed', completed_at = :at
        FROM session, kenalidiri_categories category
        WHERE kenalidiri_history.user_id = session.user_id
            AND kenalidiri_history.detail_session_id = session.id
            AND kenalidiri_history.test_category_id = category.id
            AND category.category_code = 'CAREER_PROFILE'
    )
    INSERT INTO fit_check_results (test_session_id, profession_id, user_riasec_code_id,
        profession_riasec_code_id, match_category, rule_type, dominant_letter_same,
        is_adjacent_hexagon, match_score, created_at)
    SELECT id, :profession_id, :riasec_code_id, :profession_code_id, :match_category, :rule_type,
        :dominant_letter_same, :is_adjacent_hexagon, :match_score, :at
    FROM session WHERE :has_target
    """  # noqa: S608 - a fragment of our own
)


@dataclass(frozen=True, slots=True)
class NewFitCheck:
    """The verdict on the target profession."""

    profession_id: int
    profession_code_id: int
    fit: FitCheck


def store_fit_check_result(
    connection: Connection, new: NewResult, target: NewFitCheck | None
) -> None:
    """Answers, result, verdict, history and the transition: one statement, all or nothing.

    Without a target (it left the catalogue meanwhile) there is no verdict to store.
    """
    fit = target.fit if target else None
    connection.execute(
        STORE_FIT_CHECK_RESULT,
        {
            **new.values(),
            "has_target": target is not None,
            "profession_id": target.profession_id if target else None,
            "profession_code_id": target.profession_code_id if target else None,
            "match_category": fit.category.value if fit else None,
            "rule_type": fit.rule.value if fit else None,
            "dominant_letter_same": fit.dominant_letter_same if fit else None,
            "is_adjacent_hexagon": fit.is_adjacent_hexagon if fit else None,
            "match_score": fit.match_score if fit else None,
        },
    )
