"""The JSON columns of the RIASEC stage: one model per column, for writing and for reading."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.career_profile.decimals import Score
from app.career_profile.riasec.expansion import (
    DISPLAYED,
    Candidate,
    CongruenceType,
    Expansion,
    Strategy,
)
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.scoring import Classification, CodeType
from app.core.fields import Output

TIER_NAMES = ("tier_1_exact", "tier_2_congruent", "tier_3_subset", "tier_4_dominant")


class StoredResponse(Output):
    question_id: int
    question_type: Letter
    answer_value: int
    answered_at: datetime


class ResponsesData(Output):
    """`riasec_responses.responses_data`."""

    responses: list[StoredResponse]
    total_questions: int
    completed: bool
    submitted_at: datetime

    def values(self) -> dict[int, int]:
        """Answer by question id."""
        return {item.question_id: item.answer_value for item in self.responses}


class CandidateEntry(Output):
    """`path` is there on the split path only."""

    profession_id: int
    riasec_code_id: int
    expansion_tier: int
    congruence_type: CongruenceType
    congruence_score: Score
    display_order: int
    path: Annotated[Literal["A", "B"] | None, Field(exclude_if=lambda path: path is None)] = None


class CandidatesMetadata(Output):
    total_candidates: int
    user_riasec_code_id: int
    user_riasec_code: str
    user_riasec_classification_type: CodeType
    user_riasec_scores: dict[Letter, int]
    is_inconsistent_profile: bool
    expansion_strategy: Strategy
    split_path_strategy: bool
    expansion_summary: dict[str, int]
    congruent_code_ids: list[int]
    display_count: int
    generated_at: datetime


class CandidatesData(Output):
    """`ikigai_candidate_professions.candidates_data`."""

    candidates: list[CandidateEntry]
    metadata: CandidatesMetadata

    @property
    def options(self) -> list[CandidateEntry]:
        """The candidates that are shown, in display order."""
        return [item for item in self.candidates if item.display_order <= DISPLAYED]

    @property
    def profession_ids(self) -> list[int]:
        """All candidates in display order."""
        return [item.profession_id for item in self.candidates]


def _candidate_entries(candidates: Sequence[Candidate]) -> list[CandidateEntry]:
    """`display_order` counts from 1."""
    return [
        CandidateEntry(
            profession_id=item.profession_id,
            riasec_code_id=item.riasec_code_id,
            expansion_tier=item.tier,
            congruence_type=item.congruence_type,
            congruence_score=item.congruence_score,
            display_order=place,
            path="A" if item.path == "A" else "B" if item.path == "B" else None,
        )
        for place, item in enumerate(candidates, start=1)
    ]


def build_candidates_data(
    expansion: Expansion,
    profile: Classification,
    code_id: int,
    scores: Mapping[Letter, int],
    generated_at: datetime,
) -> CandidatesData:
    """The document of an expansion, as other systems read it."""
    kept = expansion.candidates
    tiers = [item.tier for item in kept]
    return CandidatesData(
        candidates=_candidate_entries(kept),
        metadata=CandidatesMetadata(
            total_candidates=len(kept),
            user_riasec_code_id=code_id,
            user_riasec_code=profile.code,
            user_riasec_classification_type=profile.code_type,
            user_riasec_scores={letter: scores[letter] for letter in LETTERS},
            is_inconsistent_profile=profile.is_inconsistent,
            expansion_strategy=expansion.strategy,
            split_path_strategy=expansion.strategy is Strategy.SPLIT_PATH,
            expansion_summary={
                name: tiers.count(tier) for tier, name in enumerate(TIER_NAMES, start=1)
            },
            congruent_code_ids=list(dict.fromkeys(item.riasec_code_id for item in kept)),
            display_count=min(DISPLAYED, len(kept)),
            generated_at=generated_at,
        ),
    )
