"""What the scoring of the two journeys rested on, as stored and as explained, by hand.

The sub-scores are those that the scenario's model gives, in display order: the trace repeats the
judgement, with s = b = 0 where k = 0, and nulls where there was none.
"""

from tests.journey.exact import PROMPT_VERSION, TEXT
from tests.journey.shapes import Document, by_dimension

Row = tuple[int, float | None, float | None, float | None]
FULL_MODEL = "sim/a-model-whose-slug-is-longer-than-the-fifty-characters-of-the-column"


def traced(model: str | None, *rows: Row) -> Document:
    """The trace of a dimension that a model was asked about."""
    return {
        "prompt_version": PROMPT_VERSION,
        "model": model,
        "shuffle_seed": TEXT,
        "candidates": [{"profession_id": pid, "k": k, "s": s, "b": b} for pid, k, s, b in rows],
    }


def sub_scores(k: float | None, s: float | None, b: float | None) -> Document:
    return {"k": k, "s": s, "b": b}


def explained(tier: int, letters: str, scores: Document, step: str | None) -> Document:
    """Without phrases: the professions of the journeys say nothing about their work."""
    return {
        "tier": tier,
        "letters": list(letters),
        "sub_scores": scores,
        "tiebreak_step": step,
        "phrases": [],
    }


# 906 IAS, 905 ISA, 904 IAE, 903 SIA, 902 IA, 901 I
SHORT = by_dimension(
    traced(
        "sim/model",
        (906, 0.75, 1.0, 1.0),
        (905, 0.25, 0.25, 0.0),
        (904, 0.375, 0.0, 0.25),
        (903, 0.25, 0.0, 0.0),
        (902, 0.75, 0.5, 0.25),
        (901, 0.75, 0.25, 0.5),
    ),
    traced(
        "sim/model",
        (906, 0.5, 0.0, 0.0),
        (905, 0.5, 0.0, 0.0),
        (904, 1.0, 0.0, 0.0),
        (903, 0.75, 0.5, 0.5),
        (902, 0.5, 1.0, 1.0),
        (901, 0.5, 0.5, 0.5),
    ),
    traced(
        "sim/model",
        (906, 0.75, 0.75, 0.0),
        (905, 0.75, 1.0, 1.0),
        (904, 0.75, 0.0, 0.0),
        (903, 0.5, 0.5, 0.5),
        (902, 0.25, 0.0, 0.0),
        (901, 0.125, 0.25, 0.0),
    ),
    traced(
        "sim/model",
        (906, 0.25, 0.0, 0.0),
        (905, 0.3, 0.0, 0.0),
        (904, 0.0, 0.0, 0.0),  # the model said 0, 0.5, 0.5
        (903, 0.25, 0.0, 0.0),
        (902, 0.25, 0.0, 0.0),
        (901, 0.1, 0.0, 0.0),
    ),
)
SHORT_EXPLANATIONS = [
    # IA and IAS share 30.4695: the intrinsic score (22.9695 against 15) decided both places.
    explained(
        3,
        "IA",
        by_dimension(
            sub_scores(0.75, 0.5, 0.25),
            sub_scores(0.5, 1.0, 1.0),
            sub_scores(0.25, 0.0, 0.0),
            sub_scores(0.25, 0.0, 0.0),
        ),
        "intrinsic_score",
    ),
    explained(
        1,
        "IAS",
        by_dimension(
            sub_scores(0.75, 1.0, 1.0),
            sub_scores(0.5, 0.0, 0.0),
            sub_scores(0.75, 0.75, 0.0),
            sub_scores(0.25, 0.0, 0.0),
        ),
        "intrinsic_score",
    ),
]
# 923 R, 921 S, 926 RI, 922 SA, 924 RC, 925 SIC
FULL = by_dimension(
    traced(
        FULL_MODEL,
        (923, 0.875, 1.0, 1.0),
        (921, 0.625, 0.5, 0.5),
        (926, 0.875, 0.0, 0.0),
        (922, 0.375, 1.0, 1.0),
        (924, 0.375, 0.0, 0.0),
        (925, 0.75, 0.5, 0.0),
    ),
    traced(
        FULL_MODEL,
        (923, 0.5, 1.0, 1.0),
        (921, 1.0, 0.5, 0.0),
        (926, 0.75, 0.0, 0.0),
        (922, 1.0, 0.0, 0.0),
        (924, 0.75, 0.25, 1.0),
        (925, None, None, None),  # imputed
    ),
    traced(None, *((pid, None, None, None) for pid in (923, 921, 926, 922, 924, 925))),
    traced(
        FULL_MODEL,
        (923, 0.5, 0.5, 0.5),
        (921, 1.0, 0.41, 1.0),
        (926, 1.0, 1.0, 1.0),
        (922, 0.0, 0.0, 0.0),  # the model said 0, 1, 1
        (924, 0.15625, 0.0, 0.0),
        (925, 0.5, 0.3335, 0.0),
    ),
)
FULL_EXPLANATIONS = [
    explained(
        1,
        "R",
        by_dimension(
            sub_scores(0.875, 1.0, 1.0),
            sub_scores(0.5, 1.0, 1.0),
            sub_scores(None, None, None),
            sub_scores(0.5, 0.5, 0.5),
        ),
        None,
    ),
    explained(
        1,
        "S",
        by_dimension(
            sub_scores(0.625, 0.5, 0.5),
            sub_scores(1.0, 0.5, 0.0),
            sub_scores(None, None, None),
            sub_scores(1.0, 0.41, 1.0),
        ),
        None,
    ),
]
