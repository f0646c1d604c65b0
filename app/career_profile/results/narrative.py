"""What the reasons of a recommendation must look like, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.career_profile.ikigai.content import count_sentences, names_profession
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.professions.context import RecommendationContext

SUMMARY_SENTENCES = (2, 3)
REASON_SENTENCES = 2
MAX_CHARS = 1200


@dataclass(frozen=True, slots=True)
class NarrativeFacts:
    """What a narrative is made of.

    `answers` holds the user's texts, without those withheld from the model. `professions` are
    the recommended ones, best first (one or two). `telling_names` are names of candidate
    professions that a summary must not mention. `two_directions` is true on the split path.
    """

    user_code: str
    code_title: str
    strengths: tuple[str, ...]
    answers: Mapping[Dimension, str]
    professions: tuple[RecommendationContext, ...]
    telling_names: tuple[str, ...]
    two_directions: bool


@dataclass(frozen=True, slots=True)
class RecommendationNarrative:
    """`summaries` has all four dimensions; `reasons` a text per recommended profession id."""

    summaries: Mapping[Dimension, str]
    reasons: Mapping[int, str]


def find_narrative_defects(
    narrative: RecommendationNarrative, facts: NarrativeFacts
) -> Sequence[str]:
    """What breaks the rules, in English; empty: fine."""
    defects = []
    low, high = SUMMARY_SENTENCES
    for dimension in DIMENSIONS:
        summary = narrative.summaries[dimension]
        if not low <= count_sentences(summary) <= high or len(summary) > MAX_CHARS:
            defects.append(f"{dimension}: must be {low} to {high} sentences")
        if "kamu" not in summary.lower():
            defects.append(f"{dimension}: must address the reader as kamu")
        if names_profession(summary, facts.telling_names):
            defects.append(f"{dimension}: names a profession")
    for profession in facts.professions:
        reason = narrative.reasons[profession.profession_id]
        if count_sentences(reason) != REASON_SENTENCES or len(reason) > MAX_CHARS:
            defects.append(f"reason {profession.profession_id}: must be two sentences")
    return defects
