"""The JSON columns as other systems may rely on them: `python -m tests.support.contracts`.

Writes `docs/contracts/<table>.<column>.schema.json` from the documents that the service writes
and reads.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from app.career_profile.ikigai.documents import (
    DimensionAnswer,
    DimensionScoresData,
    TotalScoresData,
)
from app.career_profile.results.documents import RecommendationsData
from app.career_profile.riasec.documents import CandidatesData, ResponsesData
from tests.support.databases import ROOT

FOLDER = ROOT / "docs" / "contracts"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: dict[str, Any] = {
    "riasec_codes.strengths": list[str],
    "riasec_codes.challenges": list[str],
    "riasec_codes.strategies": list[str],
    "riasec_codes.work_environments": list[str],
    "riasec_codes.interaction_styles": list[str],
    "riasec_question_sets.question_ids": list[int],
    "riasec_responses.responses_data": ResponsesData,
    "ikigai_candidate_professions.candidates_data": CandidatesData,
    "ikigai_responses.dimension_1_love": DimensionAnswer,
    "ikigai_responses.dimension_2_good_at": DimensionAnswer,
    "ikigai_responses.dimension_3_world_needs": DimensionAnswer,
    "ikigai_responses.dimension_4_paid_for": DimensionAnswer,
    "ikigai_dimension_scores.scores_data": DimensionScoresData,
    "ikigai_total_scores.scores_data": TotalScoresData,
    "career_recommendations.recommendations_data": RecommendationsData,
}

# Nobody else reads these: the rows of the chat are behind row level security, and reach others over
# HTTP; the phrases are parts of the user's own texts, kept so as not to be chosen at every reading.
OUR_OWN = frozenset(
    {
        "career_recommendations.supporting_phrases",
        "conversations.context_data",
        "conversations.metadata",
        "messages.metadata",
        "notifications.payload",
        "idempotency_keys.headers",
    }
)


def schema_of(column: str) -> dict[str, Any]:
    """The schema of `table.column`, as it is stored (not as it is read)."""
    schema = TypeAdapter(DOCUMENTS[column]).json_schema(mode="serialization")
    return {"$schema": DIALECT, **schema, "title": column}


def file_of(column: str) -> Path:
    return FOLDER / f"{column}.schema.json"


def text_of(column: str) -> str:
    return json.dumps(schema_of(column), ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for column in DOCUMENTS:
        file_of(column).write_text(text_of(column), encoding="utf-8")
        print(file_of(column).name)


if __name__ == "__main__":
    main()
