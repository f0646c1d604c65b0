"""Faults of the model simulator's responses: statuses, bodies, envelopes around the answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.support.sim_behaviour import Behaviour
from tests.support.sim_http import Exchange


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
