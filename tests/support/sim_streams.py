"""Answers of the model simulator as server-sent events, and how they break off."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.sim_behaviour import FOREVER, Behaviour
from tests.support.sim_http import Exchange


async def stream(exchange: Exchange, end: Callable[[Exchange, str], Awaitable[None]]) -> None:
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


async def finish_well(exchange: Exchange, content: str) -> None:
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
        await stream(exchange, end)

    return Behaviour(name, play)


stream_error = _streaming("stream with an error", _fail)
stream_without_finish = _streaming("stream without a finish", _just_end)
stream_without_end = _streaming("stream without end", _never_end)
stream_reset = _streaming("stream reset", _break)
