"""JSON out of a model's answer: read leniently here, validated strictly by the caller.

Models wrap JSON in code fences or courtesies and break its syntax in small ways; that is
forgiven. What would make us guess at a value is not: a name given twice, a value cut off.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import json_repair

MAX_CHARACTERS: Final = 200_000
# How many '{' and '[' of a prose answer are tried as the beginning of the JSON.
MAX_STARTS: Final = 20
# json_repair is more than quadratic on hostile text (12,000 characters of "}{1" held the event
# loop for 45 s), so it gets less text and may look at it only this often: ordinary damage takes
# 2 to 5 looks a character. The worst text found by fuzzing then takes 1 s.
MAX_REPAIRED: Final = 50_000
MAX_LOOKS: Final = 200_000


def parse_json(text: str) -> object:
    """The JSON object (dict) or array (list) that a model's answer holds.

    Tried in this order: the text as it is, what its code fence holds, the first object or
    array inside prose, and what json_repair makes of it. A name given twice in one object has
    the value None. NaN and Infinity become floats: the reader rejects them.

    Raises ValueError, whose text holds nothing of the answer, when nothing of this gives an
    object or array, or when the text exceeds `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError("answer too long")
    for reading in (_strict, _fenced, _in_prose, _repaired):
        value = reading(text)
        if isinstance(value, dict | list):
            return value
    raise ValueError("no JSON in the answer")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in pairs:
        values[name] = None if name in values else value
    return values


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once)


def _strict(text: str) -> object:
    try:
        return _DECODER.decode(text.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None


def _fenced(text: str) -> object:
    """Strictly what lies between the first ``` (and its language tag) and the last one."""
    start = text.find("```")
    end = text.rfind("```")
    if start == end:
        return None
    return _strict(text[start + 3 : end].removeprefix("json").removeprefix("JSON"))


def _in_prose(text: str) -> object:
    """The first object, or array that holds objects; failing these, the first array.

    So the "[1]" of a sentence does not win over the answer after it. What an unclosed bracket
    precedes may be a part of a damaged whole: that is for the repair.
    """
    second_best: object = None
    at = 0
    for _ in range(MAX_STARTS):
        at = _first_bracket(text, at)
        if at < 0 or _unclosed(text[:at]):
            break
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if (isinstance(value, dict) and value) or _holds_an_object(value):
            return value
        second_best = value if second_best is None else second_best
    return second_best


def _holds_an_object(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _first_bracket(text: str, start: int) -> int:
    found = [at for at in (text.find("{", start), text.find("[", start)) if at >= 0]
    return min(found, default=-1)


def _unclosed(text: str) -> bool:
    return text.count("{") != text.count("}") or text.count("[") != text.count("]")


def _repaired(text: str) -> object:
    """What json_repair makes of the text from its first to its last bracket, None if nothing.

    The cut at the last bracket drops a value that the model did not finish, which json_repair
    would otherwise close as if it were whole. Text with a name twice is refused: json_repair
    keeps the last value and does not say so.
    """
    start = _first_bracket(text, 0)
    end = max(text.rfind("}"), text.rfind("]")) + 1
    if start < 0 or not 0 < end - start <= MAX_REPAIRED:
        return None
    part = text[start:end]
    try:
        value = json_repair.repair_json(_Metered(part), return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError, _TooManyLooksError):
        return None
    return value if value and not _lost_a_name(part, value) else None


_NAME: Final = re.compile(r"""(\w[\w -]{0,63})["']?\s{0,8}:""")


def _lost_a_name(text: str, value: object) -> bool:
    """Whether some name stands before a colon in the text more often than the value has it."""
    kept = Counter(_names(value))
    found = Counter(name for name in _NAME.findall(text) if name in kept)
    return any(found[name] > kept[name] for name in found)


def _names(value: object) -> Iterator[str]:
    """Every name in every object of the value, once for each object that has it."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _names(child)


class _TooManyLooksError(Exception):
    """json_repair has spent its looks; not a ValueError, which it might swallow."""


class _Meter:
    def __init__(self, left: int) -> None:
        self.left = left


class _Metered(str):
    """A text that stops whoever looks at it too often; its parts share its meter."""

    __slots__ = ("_meter",)
    _meter: _Meter

    def __new__(cls, text: str, meter: _Meter | None = None) -> "_Metered":
        new = super().__new__(cls, text)
        new._meter = meter or _Meter(MAX_LOOKS)
        return new

    def __getitem__(self, key: Any) -> str:
        self._meter.left -= 1
        if self._meter.left < 0:
            raise _TooManyLooksError
        part = super().__getitem__(key)
        return _Metered(part, self._meter) if isinstance(key, slice) else part

    def __add__(self, other: str) -> str:
        return _Metered(super().__add__(other), self._meter)
