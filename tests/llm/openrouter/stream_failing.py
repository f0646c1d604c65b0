"""Every fault of a stream that is an error, and what it becomes.

The tables of docs/model-gateway.md are these: `python -m tests.llm.openrouter.stream_failing`
prints them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.llm.port import (
    ModelBadOutput,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from tests.llm.openrouter.failing import row
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults

ERROR: dict[str, Any] = {"error": {"code": 502, "message": "simulated"}}
FAILED = chat.chunk("", "error", **ERROR)

# Behaviour, error, reason, HTTP attempts when it goes on for ever.
SILENT = [
    row(faults.hang_up, ModelUnavailable, "connection failed", 2),
    row(faults.reset, ModelUnavailable, "connection failed", 2),
    row(faults.hang_before_headers, ModelTimeout, "first token timeout", 1),
    row(chat.only_comments, ModelTimeout, "first token timeout", 1),
    row(faults.status(400), ModelRefused, "http 400", 1),
    row(faults.status(401), ModelRefused, "http 401", 1),
    row(faults.status(402), ModelRefused, "http 402", 1),
    row(faults.status(402, "0"), ModelRateLimited, "http 402", 2),
    row(faults.status(403), ModelRefused, "http 403", 1),
    row(faults.status(404), ModelRefused, "http 404", 1),
    row(faults.status(408), ModelTimeout, "http 408", 2),
    row(faults.status(429), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "60"), ModelRateLimited, "http 429", 1),
    row(faults.status(500), ModelUnavailable, "http 500", 2),
    row(faults.status(502), ModelUnavailable, "http 502", 2),
    row(faults.status(503), ModelUnavailable, "http 503", 2),
    row(faults.status(302), ModelUnavailable, "http 302", 2),
    row(faults.html, ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("body of 2 MB", b" " * 2_000_001),
        ModelUnavailable, "response too large", 2),
    row(faults.error_object(502), ModelUnavailable, "provider error 502", 2),
    row(faults.error_object(429), ModelRateLimited, "provider error 429", 2),
    row(faults.error_object(400), ModelRefused, "provider error 400", 1),
    row(faults.error_object(None), ModelUnavailable, "provider error", 2),
    row(chat.events("error event", FAILED), ModelUnavailable,
        "provider error 502", 2),
    row(chat.events("error event without choices",
        b"data: " + json.dumps(ERROR).encode() + b"\n\n"),
        ModelUnavailable, "provider error 502", 2),
    row(chat.events("stream without an event"), ModelUnavailable, "no finish", 2),
    row(chat.events("DONE alone", chat.DONE), ModelUnavailable, "no finish", 2),
    row(chat.events("event that is no JSON", b"data: Halo\n\n"),
        ModelUnavailable, "no JSON in the response", 2),
    row(faults.no_choices, ModelUnavailable, "no finish", 2),
    row(faults.null_content, ModelBadOutput, "empty content", 2),
    row(chat.speaks(name="empty content"), ModelBadOutput, "empty content", 2),
    row(chat.speaks(" ", "\n", name="blank content"), ModelBadOutput, "empty content", 2),
    row(chat.speaks(finish="length", name="empty content, finish_reason length"),
        ModelBadOutput, "empty content", 2),
    row(chat.speaks(finish="error", name="finish_reason error"),
        ModelUnavailable, "finish error", 2),
    row(chat.speaks(finish="content_filter", name="finish_reason content_filter"),
        ModelRefused, "the model declines", 1),
    row(replace(faults.refusal(), name="the model declines"),
        ModelRefused, "the model declines", 1),
]  # fmt: skip
RETRIED = [pytest.param(p.values[0], id=p.id) for p in SILENT if p.values[3] == 2]
# After "Halo": behaviour, error, reason.
BROKEN = [
    row(chat.events("connection reset", chat.chunk("Halo"), end="reset"), ModelUnavailable,
        "connection failed"),
    row(chat.events("hangs", chat.chunk("Halo"), end="hang"), ModelTimeout, "deadline"),
    row(chat.events("stream ends without a finish", chat.chunk("Halo")),
        ModelUnavailable, "no finish"),
    row(chat.events("DONE without a finish", chat.chunk("Halo"), chat.DONE), ModelUnavailable,
        "no finish"),
    row(chat.events("error event", chat.chunk("Halo"), FAILED),
        ModelUnavailable, "provider error 502"),
    row(chat.events("error event in the same packet", chat.chunk("Halo") + FAILED),
        ModelUnavailable, "provider error 502"),
    row(chat.speaks("Halo", finish="error", name="finish_reason error"),
        ModelUnavailable, "finish error"),
    row(chat.speaks("Halo", finish="content_filter", name="finish_reason content_filter"),
        ModelRefused, "the model declines"),
    row(chat.events("event that is no JSON", chat.chunk("Halo"), b"data: {\n\n"), ModelUnavailable,
        "no JSON in the response"),
]  # fmt: skip


def tables() -> Iterator[str]:
    """Both in Markdown."""
    yield "| for ever, before the first token | error | HTTP attempts |"
    yield "|---|---|---|"
    for one in SILENT:
        fault, error, reason, attempts = one.values
        yield f"| {fault} | `{error.__name__}`: {reason} | {attempts} |"
    yield ""
    yield "| after the first token | error |"
    yield "|---|---|"
    for one in BROKEN:
        fault, error, reason = one.values
        yield f"| {fault} | `{error.__name__}`: {reason} |"


if __name__ == "__main__":
    print("\n".join(tables()))
