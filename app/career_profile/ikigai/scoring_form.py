"""How candidates are shown to the judging model, and the form that its answer must have."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.professions.context import NOT_AVAILABLE, ScoringContext


def list_candidates(keyed: Mapping[str, ScoringContext]) -> str:
    """The candidates as the prompt shows them: JSON, one in a line; ids never leave the process."""
    entries = (f'{{"key": "{key}", {_described(item)}}}' for key, item in keyed.items())
    return "[\n" + ",\n".join(entries) + "\n]"


# Everyone with a code gets the same candidates, and each is shown in four dimensions.
@lru_cache(maxsize=1_000)
def _described(profession: ScoringContext) -> str:
    """The members of its JSON object."""
    members = {
        "nama": profession.name,
        "deskripsi": profession.about or NOT_AVAILABLE,
        "aktivitas": profession.activities or NOT_AVAILABLE,
        "keahlian": profession.hard_skills or NOT_AVAILABLE,
    }
    return json.dumps(members, ensure_ascii=False)[1:-1]


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
