"""What existing rows get in a column that they lack."""

from dataclasses import dataclass

from app.adoption.shape import Column
from app.adoption.spelling import SPELLINGS


@dataclass(frozen=True, slots=True)
class Fill:
    """`value` is written where `where` holds; before, every row has `constant`, if there is one.
    `also` are changes of other columns that it entails, written with it.

    A constant costs nothing however many rows there are, and the statements never end in NULL
    where the column must not be NULL. `words` end the sentence "existing rows get ...".
    """

    words: str
    value: str
    where: str
    constant: str | None = None
    also: str = ""


SESSIONS = "careerprofile_test_sessions"
RESULTS = "riasec_results"
CANDIDATES = "ikigai_candidate_professions"
RESPONSES = "ikigai_responses"

_CODE = f"(SELECT riasec_code FROM riasec_codes WHERE riasec_codes.id = {RESULTS}.riasec_code_id)"
_LISTED = "candidates_data -> 'candidates'"
_STRATEGY = "candidates_data -> 'metadata' ->> 'expansion_strategy'"

# A required column without a line here cannot be made up: where there are rows, it is an obstacle.
FILLS: dict[tuple[str, str], Fill] = {
    (SESSIONS, "session_token"): Fill(
        "a random token", "gen_random_uuid()::text", "session_token IS NULL"
    ),
    (SESSIONS, "status"): Fill(
        "the stage that their timestamps tell",
        "CASE WHEN completed_at IS NOT NULL THEN 'completed'"
        " WHEN riasec_completed_at IS NOT NULL THEN 'riasec_completed'"
        " ELSE 'riasec_ongoing' END",
        "status IS NULL",
    ),
    # Every recommendation uses Ikigai: without it a session under way could not be finished.
    (SESSIONS, "uses_ikigai"): Fill(
        "true unless they are fit checks", "false", "test_goal = 'FIT_CHECK'", constant="true"
    ),
    ("kenalidiri_history", "status"): Fill(
        "'completed' where completed_at is set, else 'ongoing'",
        "CASE WHEN completed_at IS NOT NULL THEN 'completed' ELSE 'ongoing' END",
        "status IS NULL",
    ),
    (RESULTS, "riasec_code_type"): Fill(
        "what the length of their code says",
        f"CASE length({_CODE}) WHEN 1 THEN 'single' WHEN 2 THEN 'dual' ELSE 'triple' END",
        "riasec_code_type IS NULL",
    ),
    (RESULTS, "is_inconsistent_profile"): Fill(
        "whether the first two letters of their code are opposite",
        f"COALESCE(left({_CODE}, 2) IN ('RS', 'SR', 'IE', 'EI', 'AC', 'CA'), false)",
        "is_inconsistent_profile IS NULL",
    ),
    (CANDIDATES, "total_candidates"): Fill(
        "the length of their list",
        f"CASE jsonb_typeof({_LISTED}) WHEN 'array' THEN jsonb_array_length({_LISTED}) ELSE 0 END",
        "total_candidates IS NULL",
    ),
    (CANDIDATES, "generation_strategy"): Fill(
        "the strategy that their document names, else 'unknown'",
        f"COALESCE(left({_STRATEGY}, 50), 'unknown')",
        "generation_strategy IS NULL",
    ),
    # Not by completed_at: with a default of now() it is set in rows without a single answer.
    (RESPONSES, "completed"): Fill(
        "whether all four dimensions are answered, with completed_at where they are,",
        "true",
        " AND ".join(f"{ours} IS NOT NULL" for ours, _ in SPELLINGS[RESPONSES]),
        constant="false",
        also="completed_at = COALESCE(completed_at, now())",
    ),
    (RESPONSES, "completed_at"): Fill(
        "the present moment where they are completed", "now()", "completed"
    ),
}


def fill_of_null(table: str, column: Column) -> Fill | None:
    """What a NULL becomes in a required column that is there: the fill, or else the default."""
    fill = FILLS.get((table, column.name))
    if fill is not None and fill.constant is None:
        return fill
    if column.default is None:
        return None
    return Fill("the default instead of NULL", column.default, f"{column.name} IS NULL")
