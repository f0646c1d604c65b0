"""Kinds of JSON values, to say what an answer is made of."""

from tests.journey.exact import Fitting

STR = Fitting("a string", lambda value: isinstance(value, str))
INT = Fitting("an integer", lambda value: type(value) is int)
BOOL = Fitting("true or false", lambda value: type(value) is bool)
NUMBER = Fitting("a number", lambda value: type(value) in {int, float})
NULL = Fitting("null", lambda value: value is None)
DOCUMENT = Fitting("an object", lambda value: isinstance(value, dict))


def maybe(kind: Fitting) -> Fitting:
    return Fitting(f"{kind.what} or null", lambda value: value is None or kind.fits(value))


def one_of(*values: object) -> Fitting:
    return Fitting(f"one of {values}", lambda value: value in values and value is not True)


HEALTH = {"status": one_of("healthy", "degraded", "unhealthy")}
