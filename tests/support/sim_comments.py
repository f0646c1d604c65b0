"""What OpenRouter puts before an answer to keep the connection alive."""

import json

from tests.support.sim_behaviour import Behaviour
from tests.support.sim_http import Exchange


def preceded_by(name: str, lines: bytes) -> Behaviour:
    """A good answer after these lines."""

    async def play(exchange: Exchange) -> None:
        made = exchange.envelope(exchange.content())
        exchange.call.reported = {"model": made["model"], "usage": made["usage"]}
        await exchange.send(lines + json.dumps(made).encode())

    return Behaviour(name, play)


blank_lines = preceded_by("blank lines", b"\n \n" * 20)
comment_lines = preceded_by("comment lines", b": OPENROUTER PROCESSING\n\n" * 3)
