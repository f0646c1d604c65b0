"""Comparison of JSON documents as a strictly typed reader (the Go admin) sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Fitting:
    """Stands in an expected document for a value that nobody can write down beforehand."""

    what: str
    fits: Callable[[object], bool]


def is_utc_time(value: object) -> bool:
    """ISO 8601 with a Z."""
    if not isinstance(value, str) or not value.endswith("Z"):
        return False
    try:
        return datetime.fromisoformat(value).utcoffset() == timedelta(0)
    except ValueError:
        return False


TIME = Fitting("a time in UTC with a Z", is_utc_time)
TEXT = Fitting("a text", lambda value: isinstance(value, str) and bool(value.strip()))


def assert_same(expected: object, found: object) -> None:
    """Same keys, same list order, same values, and the same JSON types.

    An expected float is met by any number (JSON knows one kind), an expected integer only by an
    integer: Go refuses 30.0 for an int. True is no 1.
    """
    assert _differences(expected, found, "$") == []


def _differences(expected: object, found: object, at: str) -> list[str]:
    if isinstance(expected, Fitting):
        return [] if expected.fits(found) else [f"{at}: {found!r} is not {expected.what}"]
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
            return [f"{at}: missing keys {sorted(missing)}, extra keys {sorted(extra)}"]
        return [line for k in expected for line in _differences(expected[k], found[k], f"{at}.{k}")]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{at}: {len(found)} items instead of {len(expected)}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for i, (e, f) in pairs for line in _differences(e, f, f"{at}[{i}]")]
    same = expected == found and _kind_fits(expected, found)
    return [] if same else [f"{at}: {found!r} instead of {expected!r}"]


def _kind_fits(expected: object, found: object) -> bool:
    if isinstance(expected, float):
        return isinstance(found, float | int) and not isinstance(found, bool)
    return type(expected) is type(found)
