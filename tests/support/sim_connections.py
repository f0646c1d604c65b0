"""Faults of the model simulator's connection: closed, reset, hanging, dripping."""

import asyncio
import json

from tests.support.sim_behaviour import FOREVER, Behaviour
from tests.support.sim_http import Exchange


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
