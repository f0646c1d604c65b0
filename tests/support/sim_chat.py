"""How a chat model of the simulator speaks: in given pieces, at a given pace, or not at all."""

import asyncio
import json
import threading
import time
from typing import Any

from tests.support.sim_behaviour import FOREVER, Behaviour
from tests.support.sim_http import Exchange

COMMENT = b": OPENROUTER PROCESSING\n\n"
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 40, "completion_tokens": 7, "total_tokens": 47, "cost": 0.00042}


def chunk(
    content: str | None = None, finish: str | None = None, model: str = "sim/chat", **more: Any
) -> bytes:
    """One event of a stream; `more` goes into its envelope."""
    delta = {"role": "assistant", **({} if content is None else {"content": content})}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"model": model, "choices": choices, **more}).encode() + b"\n\n"


def speaks(
    *texts: str, finish: str | None = "stop", every: float = 0.0, name: str = ""
) -> Behaviour:
    """These texts, the finish, and the usage in an event of its own, as OpenRouter sends it."""
    said = [chunk(text) for text in texts]
    end = [chunk("", finish), usage_event(), DONE]
    return events(name or f"speaks, finish {finish}", *said, *end, every=every)


def usage_event() -> bytes:
    return b"data: " + json.dumps({"choices": [], "usage": USAGE}).encode() + b"\n\n"


def events(name: str, *pieces: bytes, every: float = 0.0, end: str = "body") -> Behaviour:
    """A stream of these pieces; then the body ends, hangs, or the connection is reset."""

    async def play(exchange: Exchange) -> None:
        await exchange.write(exchange.head(None, kind="text/event-stream"))
        for piece in pieces:
            await exchange.write_chunk(piece)
            await asyncio.sleep(every)
        if end == "hang":
            await asyncio.sleep(FOREVER)
        elif end == "reset":
            await asyncio.sleep(0.02)
            exchange.reset()
        else:
            await exchange.write_chunk(b"")

    return Behaviour(name, play)


def stamped(tokens: int, every: float, late: list[float] | None = None) -> Behaviour:
    """Tokens that say when they were sent (`time.monotonic()` and a space), at this pace.

    `late` gets how long after its time each was sent, in seconds.
    """

    async def play(exchange: Exchange) -> None:
        await exchange.write(exchange.head(None, kind="text/event-stream"))
        due = time.monotonic()
        for _ in range(tokens):
            due += every
            await asyncio.sleep(due - time.monotonic())
            sent = time.monotonic()
            await exchange.write_chunk(chunk(f"{sent:.6f} "))
            if late is not None:
                late.append(sent - due)
        await exchange.write_chunk(chunk("", "stop") + usage_event() + DONE)
        await exchange.write_chunk(b"")

    return Behaviour("stamped", play)


class Stepwise:
    """Says the next text only when the one before has been heard: `go_on` for each."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self._heard = threading.Semaphore(1)
        self.behaviour = Behaviour("stepwise", self._play)

    def go_on(self) -> None:
        self._heard.release()

    async def _play(self, exchange: Exchange) -> None:
        await exchange.write(exchange.head(None, kind="text/event-stream"))
        for text in self._texts:
            await asyncio.to_thread(self._heard.acquire, timeout=10)
            await exchange.write_chunk(chunk(text))
        await exchange.write_chunk(chunk("", "stop") + DONE)
        await exchange.write_chunk(b"")


async def _only_comments(exchange: Exchange) -> None:
    await exchange.write(exchange.head(None, kind="text/event-stream"))
    while True:
        await exchange.write_chunk(COMMENT)
        await asyncio.sleep(0.01)


only_comments = Behaviour("comments for ever", _only_comments)


def by_model(behaviours: dict[str, Behaviour], other: Behaviour) -> Behaviour:
    """Each model behaves in its own way."""

    async def play(exchange: Exchange) -> None:
        chosen = behaviours.get(str(exchange.body["model"]), other)
        await asyncio.sleep(chosen.delay or 0.0)
        await chosen.play(exchange)

    return Behaviour("by model", play)
