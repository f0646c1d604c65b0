"""Which column types stand in for one another."""

import re
from enum import StrEnum

from app.adoption.shape import Column

_LIMITED = re.compile(r"(?:character varying)\((\d+)\)")
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_TEXTS = {"text", "character varying"}
# A narrower integer holds what we write (profession ids far below 2^31); turning it into a
# bigint would rewrite the table under an exclusive lock.
_INTEGERS = {"integer", "bigint"}


class Fit(StrEnum):
    SAME = "same"
    KEPT = "kept"  # another type that takes and gives what we write and read
    WIDEN = "widen"  # a text too short for us: made longer, which rewrites nothing
    NOT = "not"


def fit(wanted: Column, found: Column) -> Fit:
    """How a found column serves where `wanted` is needed."""
    if found.type == wanted.type:
        return Fit.SAME
    if wanted.is_enum:
        return _text_for(max(map(len, wanted.values)), found.type)
    if wanted.type == "text":
        return _text_for(None, found.type)
    if limit := _LIMITED.fullmatch(wanted.type):
        return _text_for(int(limit[1]), found.type)
    if {wanted.type, found.type} <= _INTEGERS:
        return Fit.KEPT
    return Fit.KEPT if _is_wider_numeric(wanted.type, found.type) else Fit.NOT


def _text_for(length: int | None, found: str) -> Fit:
    """`length` None: any length must fit."""
    if found in _TEXTS:
        return Fit.KEPT
    limit = _LIMITED.fullmatch(found)
    if limit is None:
        return Fit.NOT
    return Fit.KEPT if length is not None and int(limit[1]) >= length else Fit.WIDEN


def _is_wider_numeric(wanted: str, found: str) -> bool:
    ours = _NUMERIC.fullmatch(wanted)
    if ours is None:
        return False
    if found == "numeric":
        return True
    theirs = _NUMERIC.fullmatch(found)
    if theirs is None:
        return False
    whole = int(theirs[1]) - int(theirs[2]) >= int(ours[1]) - int(ours[2])
    return whole and int(theirs[2]) >= int(ours[2])
