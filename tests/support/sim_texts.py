"""Faults of the model simulator's answers: the text inside a good envelope."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.sim_behaviour import Behaviour
from tests.support.sim_http import Exchange


def text(name: str, change: Callable[[str], str]) -> Behaviour:
    """A good envelope around a changed text."""

    async def play(exchange: Exchange) -> None:
        await exchange.send_json(exchange.envelope(change(exchange.content())))

    return Behaviour(name, play)


def value(name: str, change: Callable[[Any], Any]) -> Behaviour:
    """A good envelope around a changed JSON value."""
    return text(name, lambda content: json.dumps(change(json.loads(content)), ensure_ascii=False))


def fixed(content: object) -> Behaviour:
    """This answer: a text as it is, anything else as JSON."""
    made = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return text("fixed", lambda _content: made)


def _first_number(content: str, number: str) -> str:
    return re.sub(r"(?<=[:\[] )-?\d[\d.]*(?:[eE][-+]?\d+)?", number, content, count=1)


def _strings(found: Any, change: Callable[[str], str], least: int = 20) -> Any:
    """The value with every string of at least `least` characters (prose, not keys) changed."""
    if isinstance(found, dict):
        return {name: _strings(part, change, least) for name, part in found.items()}
    if isinstance(found, list):
        return [_strings(part, change, least) for part in found]
    return change(found) if isinstance(found, str) and len(found) >= least else found


def _numbers(found: Any, change: Callable[[float], Any]) -> Any:
    if isinstance(found, dict):
        return {name: _numbers(part, change) for name, part in found.items()}
    if isinstance(found, list):
        return [_numbers(part, change) for part in found]
    plain = isinstance(found, int | float) and not isinstance(found, bool)
    return change(found) if plain else found


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_x": part for name, part in found.items()}


def _without_last(found: dict[str, Any]) -> dict[str, Any]:
    return dict(list(found.items())[:-1])


def _doubled(content: str) -> str:
    """The first name of the object comes twice."""
    found = json.loads(content)
    name = next(iter(found))
    return "{" + f"{json.dumps(name)}: {json.dumps(found[name])}, " + content.lstrip()[1:]


empty_content = text("empty content", lambda _content: "")
blank_content = text("blank content", lambda _content: " \n ")
prose_only = text("prose only", lambda _content: "Maaf, saya belum bisa menjawab itu.")
fenced = text("fenced", lambda content: f"```json\n{content}\n```")
in_prose = text(
    "in prose", lambda content: f"Tentu [1], ini jawabannya:\n{content}\nSemoga membantu!"
)
truncated = text("truncated", lambda content: content[: len(content) // 2])
python_literals = text("Python literals", lambda content: repr(json.loads(content)))
not_a_number = text("NaN", lambda content: _first_number(content, "NaN"))
duplicate_keys = text("duplicate keys", _doubled)
wrong_keys = value("wrong keys", _renamed)
missing_keys = value("missing keys", _without_last)
extra_keys = value("extra keys", lambda found: {**found, "extra": 1})
out_of_range = value("out of range", lambda found: _numbers(found, lambda n: n + 7))
strings_for_numbers = value("strings for numbers", lambda found: _numbers(found, str))
wrong_language = value(
    "wrong language",
    lambda found: _strings(found, lambda _t: "You enjoy finding patterns. They keep you going."),
)


def names_the_profession(name: str) -> Behaviour:
    """A good answer whose texts give the profession away."""
    return value(
        "names the profession",
        lambda found: _strings(found, lambda t: f"Sebagai {name}, {t[0].lower()}{t[1:]}"),
    )
