"""Comparison of JSON documents as a strictly typed reader (the Go admin) sees them."""

import re
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


PROMPT_VERSION = Fitting(
    "a version of the scoring prompt",
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"ikigai_scoring_v\d+", value)),
)
TIME = Fitting("a time in UTC with a Z", is_utc_time)
TEXT = Fitting("a text", lambda value: isinstance(value, str) and bool(value.strip()))


def assert_same(expected: object, found: object) -> None:
    """Same keys, same list order, same values, and the same JSON types.

    An expected float is met by any number (JSON knows one kind), an expected integer only by an
    integer: Go refuses 30.0 for an int. True is no 1.
    """
    assert _differences(expected, found, "$", more_keys=False) == []


def assert_answered(expected: object, found: object) -> None:
    """Like `assert_same` for the body of a response, to which members may be added."""
    assert _differences(expected, found, "$", more_keys=True) == []


def _differences(expected: object, found: object, at: str, *, more_keys: bool) -> list[str]:
    if isinstance(expected, Fitting):
        return [] if expected.fits(found) else [f"{at}: {found!r} is not {expected.what}"]
    if isinstance(expected, dict) and isinstance(found, dict):
        missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
        if missing or (extra and not more_keys):
            return [f"{at}: missing keys {sorted(missing)}, extra keys {sorted(extra)}"]
        members = [(expected[key], found[key], f"{at}.{key}") for key in expected]
        return _all_differences(members, more_keys=more_keys)
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{at}: {len(found)} items instead of {len(expected)}"]
        items = [(expected[n], found[n], f"{at}[{n}]") for n in range(len(expected))]
        return _all_differences(items, more_keys=more_keys)
    same = expected == found and _kind_fits(expected, found)
    return [] if same else [f"{at}: {found!r} instead of {expected!r}"]


def _all_differences(parts: list[tuple[object, object, str]], *, more_keys: bool) -> list[str]:
    return [line for part in parts for line in _differences(*part, more_keys=more_keys)]


def _kind_fits(expected: object, found: object) -> bool:
    if isinstance(expected, float):
        return isinstance(found, float | int) and not isinstance(found, bool)
    return type(expected) is type(found)
