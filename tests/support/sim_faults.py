"""What the model simulator can do with a request: answer well, slowly, wrongly, or not at all.

Each behaviour has a name, so that tests can be parametrised with it.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.support.sim_http import Exchange

FOREVER = 3600.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`delay` replaces the simulator's own latency when given (seconds)."""

    name: str
    play: Callable[[Exchange], Awaitable[None]]
    delay: float | None = None

    def __str__(self) -> str:
        return self.name


async def _good(exchange: Exchange) -> None:
    if exchange.body.get("stream"):
        await _stream(exchange, end=_finish)
    else:
        await exchange.send_json(exchange.envelope(exchange.content()))


good = Behaviour("good", _good)


def latency(seconds: float, then: Behaviour = good) -> Behaviour:
    """Wait, then behave."""
    return replace(then, name=f"{then.name} after {seconds} s", delay=seconds)


# --- the connection ---------------------------------------------------------------------------


async def _hang_up(exchange: Exchange) -> None:
    exchange.hang_up()


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _half(exchange: Exchange) -> None:
    """Headers and the first half of a good answer."""
    payload = json.dumps(exchange.envelope(exchange.content())).encode()
    await exchange.write(exchange.head(len(payload)) + payload[: len(payload) // 2])


async def _hang_up_mid_body(exchange: Exchange) -> None:
    await _half(exchange)
    exchange.hang_up()


async def _reset_mid_body(exchange: Exchange) -> None:
    await _half(exchange)
    await asyncio.sleep(0.02)  # the half must be on its way: a reset discards what is not
    exchange.reset()


async def _hang_before_headers(exchange: Exchange) -> None:
    await asyncio.sleep(FOREVER)


async def _hang_mid_body(exchange: Exchange) -> None:
    await _half(exchange)
    await asyncio.sleep(FOREVER)


hang_up = Behaviour("hang up", _hang_up)
hang_up_mid_body = Behaviour("hang up mid-body", _hang_up_mid_body)
reset = Behaviour("reset", _reset)
reset_mid_body = Behaviour("reset mid-body", _reset_mid_body)
hang_before_headers = Behaviour("hang before headers", _hang_before_headers)
hang_mid_body = Behaviour("hang mid-body", _hang_mid_body)


def slow_drip(every: float = 0.02) -> Behaviour:
    """A good answer, a byte every so many seconds."""

    async def play(exchange: Exchange) -> None:
        payload = json.dumps(exchange.envelope(exchange.content())).encode()
        await exchange.write(exchange.head(len(payload)))
        for at in range(len(payload)):
            await exchange.write(payload[at : at + 1])
            await asyncio.sleep(every)

    return Behaviour("slow drip", play)


# --- statuses and envelopes -------------------------------------------------------------------


def status(code: int, retry_after: str | None = None) -> Behaviour:
    """An error response as OpenRouter writes it; `retry_after` is sent as it is."""

    async def play(exchange: Exchange) -> None:
        headers = {"Retry-After": retry_after} if retry_after is not None else {}
        error = {"error": {"code": code, "message": f"simulated {code}"}}
        await exchange.send_json(error, code, headers)

    return Behaviour(f"{code}" + (f" Retry-After {retry_after}" if retry_after else ""), play)


def in_http_date(seconds: float) -> str:
    """A Retry-After that is a date; of whole seconds, rounded down."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def raw_body(name: str, payload: bytes, kind: str = "application/json") -> Behaviour:
    """A 200 with this body."""

    async def play(exchange: Exchange) -> None:
        await exchange.send(payload, kind=kind)

    return Behaviour(name, play)


html = raw_body("HTML", b"<!doctype html><title>502</title><h1>Bad gateway</h1>", "text/html")


def envelope(name: str, change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """A good answer whose envelope was changed in place."""

    async def play(exchange: Exchange) -> None:
        made = exchange.envelope(exchange.content())
        change(made)
        await exchange.send_json(made)

    return Behaviour(name, play)


def error_object(code: int | str | None = 502) -> Behaviour:
    """A 200 that holds an error instead of choices."""

    def change(made: dict[str, Any]) -> None:
        del made["choices"], made["usage"]
        made["error"] = {"message": "simulated"} | ({"code": code} if code is not None else {})

    return envelope(f"200 with error {code}", change)


def finish(reason: str | None) -> Behaviour:
    """A good answer that says it ended for this reason."""
    return envelope(
        f"finish {reason}", lambda made: made["choices"][0].update(finish_reason=reason)
    )


def wrong_model(name: str = "other/model") -> Behaviour:
    """A good answer by another model than the one asked."""
    return envelope("wrong model", lambda made: made.update(model=name))


def refusal(text: str = "Maaf, saya tidak bisa.") -> Behaviour:
    def change(made: dict[str, Any]) -> None:
        made["choices"][0]["message"].update(content=None, refusal=text)

    return envelope("refusal", change)


no_choices = envelope("no choices", lambda made: made.update(choices=[]))
no_content = envelope("no content", lambda made: made["choices"][0]["message"].pop("content"))
null_content = envelope(
    "null content", lambda made: made["choices"][0]["message"].update(content=None)
)
no_usage = envelope("no usage", lambda made: made.pop("usage"))


# --- the text of the answer -------------------------------------------------------------------


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


# --- streams ----------------------------------------------------------------------------------


async def _stream(exchange: Exchange, end: Callable[[Exchange, str], Awaitable[None]]) -> None:
    """Comments and some pieces of the answer as server-sent events, then `end`."""
    content = exchange.content()
    await exchange.write(exchange.head(None, kind="text/event-stream"))
    await exchange.write_chunk(b": OPENROUTER PROCESSING\n\n")
    for at in range(0, len(content), 12):
        await _event(exchange, {"role": "assistant", "content": content[at : at + 12]})
    await end(exchange, content)


async def _event(
    exchange: Exchange, delta: dict[str, Any], finish_reason: str | None = None, **more: object
) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    event = {
        "id": "gen-sim",
        "object": "chat.completion.chunk",
        "model": exchange.body.get("model", "sim/model"),
        "choices": [choice],
        **more,
    }
    await exchange.write_chunk(b"data: " + json.dumps(event).encode() + b"\n\n")


async def _finish(exchange: Exchange, content: str) -> None:
    await _event(exchange, {"content": ""}, "stop", usage=exchange.usage(content))
    await exchange.write_chunk(b"data: [DONE]\n\n")
    await exchange.write_chunk(b"")


async def _fail(exchange: Exchange, _content: str) -> None:
    error = {"code": 502, "message": "simulated"}
    await _event(exchange, {"content": ""}, "error", error=error)
    await exchange.write_chunk(b"")


async def _just_end(exchange: Exchange, _content: str) -> None:
    await exchange.write_chunk(b"")


async def _never_end(_exchange: Exchange, _content: str) -> None:
    await asyncio.sleep(FOREVER)


async def _break(exchange: Exchange, _content: str) -> None:
    await asyncio.sleep(0.02)
    exchange.reset()


def _streaming(name: str, end: Callable[[Exchange, str], Awaitable[None]]) -> Behaviour:
    async def play(exchange: Exchange) -> None:
        await _stream(exchange, end)

    return Behaviour(name, play)


stream_error = _streaming("stream with an error", _fail)
stream_without_finish = _streaming("stream without a finish", _just_end)
stream_without_end = _streaming("stream without end", _never_end)
stream_reset = _streaming("stream reset", _break)
