"""A turn as server-sent events.

`message.delta` {text, offset}: the next part, after so many characters. `message.completed`: the
body that the JSON answer has; its content is the one that counts. `interim`: no model has said a
word yet. `error` {code, detail, ...}: no more will come. The id of a delta names message, answer
and how far it was seen: sent back as `Last-Event-ID` it gives the rest of a finished answer; of an
unfinished one the whole answer that was made since, or else a new one, under that answer's id and
from offset 0.
"""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from app.chat.turns.opened import Done, Missing, OpenTurn, Piece, Seen
from app.chat.turns.rendering import answer_of, regenerated_of
from app.chat.turns.service import TurnService
from app.core.errors import DomainError
from app.core.event_stream import event_of

to_json: Final = json.JSONEncoder(ensure_ascii=False).encode
EVENT_ID: Final = re.compile(r"([0-9a-f-]{36})\.([0-9a-f-]{36})\.(\d{1,9})")
EXAMPLE: Final = (
    'event: message.delta\nid: 7c0f….b1d2….0\ndata: {"text": "Halo, Rani! ", "offset": 0}\n\n'
    'event: message.completed\nid: 7c0f….b1d2….12\ndata: {"user_message": {…}, …}\n\n'
)


def seen_of(last_event_id: str | None) -> Seen | None:
    """What a `Last-Event-ID` tells; None without one, or when it is none of ours."""
    found = EVENT_ID.fullmatch(last_event_id or "")
    if found is None:
        return None
    try:
        return Seen(UUID(found[1]), UUID(found[2]), int(found[3]))
    except ValueError:
        return None


async def events(
    service: TurnService,
    opened: OpenTurn | Done | Missing,
    *,
    seen: Seen | None = None,
    anew: bool = False,
) -> AsyncGenerator[bytes, None]:
    """The events of a turn, from what the client has seen; `anew`: as `regenerate` answers."""
    try:
        if isinstance(opened, Missing):
            opened = await service.wait_for(opened)
        if isinstance(opened, Done):
            known = seen.characters if seen and seen.answer_id == opened.answer.id else 0
            if rest := opened.answer.content[known:]:
                yield _delta(f"{opened.said.id}.{opened.answer.id}", Piece(rest, known))
            yield _completed(opened, anew=anew)
            return
        ids = f"{opened.said.id}.{opened.answer_id}"
        async with aclosing(service.stream(opened)) as items:
            async for item in items:
                if isinstance(item, Piece):
                    yield _delta(ids, item)
                elif isinstance(item, Done):
                    yield _completed(item, anew=anew)
                else:
                    yield event_of("interim", to_json({"message_id": str(opened.said.id)}))
    except DomainError as error:
        told = {"code": error.code, "detail": error.detail, **error.extra}
        yield event_of("error", to_json(told))


def _delta(ids: str, piece: Piece) -> bytes:
    data = to_json({"text": piece.text, "offset": piece.offset})
    return event_of("message.delta", data, f"{ids}.{piece.offset + len(piece.text)}")


def _completed(done: Done, *, anew: bool) -> bytes:
    body: BaseModel = regenerated_of(done) if anew else answer_of(done)
    seen = len(done.answer.content)
    return event_of(
        "message.completed", body.model_dump_json(), f"{done.said.id}.{done.answer.id}.{seen}"
    )
