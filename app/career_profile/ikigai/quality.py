"""How honest the result has to be about itself."""

from collections.abc import Sequence

from app.career_profile.ikigai.content_writer import Source
from app.career_profile.ikigai.dimensions import DIMENSION_TEXTS, Dimension
from app.career_profile.ikigai.documents import ScoringSummary
from app.career_profile.ikigai.schemas import Quality

FALLBACK_NOTE = "Sebagian jawabanmu belum sempat dinilai penuh ({labels}), jadi nilainya netral."
LOW_EVIDENCE_NOTE = (
    "Tulisanmu di {labels} belum cukup bercerita tentang profesi mana pun, jadi nilainya netral."
)
NARRATIVE_NOTE = "Alasan rekomendasi disusun otomatis dari jawaban dan data profesi."


def quality_of(scores: ScoringSummary, narrative_source: Source) -> Quality:
    """The quality of a stored result as the user is told it."""
    # A withheld text gets a supporting sentence elsewhere, not the advice to write more.
    judged = scores.metadata
    thin = [name for name in judged.low_evidence if name not in scores.withheld]
    by_rule = narrative_source == "fallback"
    return Quality(
        fallback_dimensions=judged.failed_dimensions,
        low_evidence_dimensions=judged.low_evidence,
        narrative_source=narrative_source,
        note=quality_note(judged.failed_dimensions, thin, composed_by_rule=by_rule),
    )


def quality_note(
    fallback: Sequence[Dimension], low_evidence: Sequence[Dimension], *, composed_by_rule: bool
) -> str | None:
    """Sentences for the user about what is weaker than usual; None when all is well."""
    parts = []
    if fallback:
        parts.append(FALLBACK_NOTE.format(labels=_labels(fallback)))
    if low_evidence:
        parts.append(LOW_EVIDENCE_NOTE.format(labels=_labels(low_evidence)))
    if composed_by_rule:
        parts.append(NARRATIVE_NOTE)
    return " ".join(parts) or None


def _labels(dimensions: Sequence[Dimension]) -> str:
    names = [f"“{DIMENSION_TEXTS[name].label}”" for name in dimensions]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} dan {names[-1]}"
