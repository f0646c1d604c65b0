"""How candidates are shown to the judging model, and the form that its answer must have."""

from collections.abc import Sequence

from app.professions.context import NOT_AVAILABLE, ScoringContext


def describe(key: str, profession: ScoringContext) -> dict[str, object]:
    """The candidate as the prompt shows it; its id never leaves the process."""
    return {
        "key": key,
        "nama": profession.name,
        "deskripsi": profession.about or NOT_AVAILABLE,
        "aktivitas": list(profession.activities) or NOT_AVAILABLE,
        "keahlian": list(profession.hard_skills) or NOT_AVAILABLE,
    }


def scoring_schema(keys: Sequence[str]) -> dict[str, object]:
    """Strict JSON schema: k, s, b per candidate key."""
    unit = {"type": "number", "minimum": 0, "maximum": 1}
    entry = {
        "type": "object",
        "properties": {
            "key": {"type": "string", "enum": list(keys)},
            **dict.fromkeys(("k", "s", "b"), unit),
        },
        "required": ["key", "k", "s", "b"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"scores": {"type": "array", "items": entry}},
        "required": ["scores"],
        "additionalProperties": False,
    }
