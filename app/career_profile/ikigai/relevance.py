"""How relevant a text is to a profession: sub-scores from the model, r from us."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.career_profile.decimals import exact, round_half_up

TOPIC_WEIGHT = Decimal("0.40")
SENTIMENT_WEIGHT = Decimal("0.30")
EVIDENCE_WEIGHT = Decimal("0.30")
PLACES = 4
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One candidate judged in one dimension, all values 0 to 1.

    k topic fit, s how the writer feels about that work, b how concrete the evidence for it is;
    None when only r came. r is rounded half up to 4 places and used so everywhere after.
    """

    r: Decimal
    k: Decimal | None = None
    s: Decimal | None = None
    b: Decimal | None = None


def relevance(k: Decimal, s: Decimal, b: Decimal) -> Decimal:
    """r = 0.40·k + 0.30·s + 0.30·b, 4 places."""
    return round_half_up(TOPIC_WEIGHT * k + SENTIMENT_WEIGHT * s + EVIDENCE_WEIGHT * b, PLACES)


def read_judgement(entry: Mapping[str, object]) -> Judgement | None:
    """A candidate's judgement, or None (missing) when a value is absent, no number or not 0..1.

    No topic fit leaves nothing to feel about or to prove: k = 0 makes s = b = 0.
    """
    if "k" not in entry and "s" not in entry and "b" not in entry:
        r = _unit_number(entry.get("r_raw"))
        return None if r is None else Judgement(round_half_up(r, PLACES))
    k, s, b = (_unit_number(entry.get(name)) for name in ("k", "s", "b"))
    if k is None or s is None or b is None:
        return None
    if k == ZERO:
        s = b = ZERO
    return Judgement(relevance(k, s, b), k, s, b)


def read_judgements(
    entries: Iterable[object], key_of: Mapping[str, int]
) -> tuple[dict[int, Judgement], int]:
    """Judgements by profession id, and the number of entries with an unknown key (dropped).

    `key_of` maps the opaque key of each candidate to its profession id. A key given twice makes
    its candidate missing: we cannot know which of the two was meant.
    """
    seen: dict[int, Judgement | None] = {}
    unknown = 0
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(key, str) or key not in key_of:
            unknown += 1
            continue
        profession_id = key_of[key]
        seen[profession_id] = None if profession_id in seen else read_judgement(entry)
    return {pid: found for pid, found in seen.items() if found is not None}, unknown


def _unit_number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not 0 <= value <= 1:  # False for NaN, too
        return None
    return exact(value) if value else ZERO  # -0.0 is 0
