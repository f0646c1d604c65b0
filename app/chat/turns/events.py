"""A turn as server-sent events.

`message.delta` {text, offset}: the next part, after so many characters. `message.completed`: the
body that the JSON answer has; its content is the one that counts. `interim`: no model has said a
word yet. `error` {code, detail, ...}: no more will come. The id of a delta names message, answer
and how far it was seen: sent back as `Last-Event-ID` it gives the rest of a finished answer, or
begins an unfinished one anew, under another answer's id and from offset 0.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from sse_starlette import ServerSentEvent

from app.chat.turns.opened import Done, Missing, OpenTurn, Piece, Seen, Waiting
from app.chat.turns.rendering import answer_of, regenerated_of
from app.chat.turns.service import TurnService
from app.core.errors import DomainError

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
) -> AsyncIterator[ServerSentEvent]:
    """The events of a turn, from what the client has seen; `anew`: as `regenerate` answers."""
    try:
        if isinstance(opened, Missing):
            opened = await service.wait_for(opened)
        if isinstance(opened, Done):
            known = seen.characters if seen else 0
            if rest := opened.answer.content[known:]:
                yield _delta(opened.said.id, opened.answer.id, Piece(rest, known))
            yield _completed(opened, anew=anew)
            return
        async with aclosing(service.stream(opened)) as items:
            async for item in items:
                yield _event_of(item, opened, anew=anew)
    except DomainError as error:
        yield _event("error", {"code": error.code, "detail": error.detail, **error.extra})


def _event_of(item: Piece | Waiting | Done, turn: OpenTurn, *, anew: bool) -> ServerSentEvent:
    if isinstance(item, Piece):
        return _delta(turn.said.id, turn.answer_id, item)
    if isinstance(item, Done):
        return _completed(item, anew=anew)
    return _event("interim", {"message_id": str(turn.said.id)})


def _delta(said_id: UUID, answer_id: UUID, piece: Piece) -> ServerSentEvent:
    seen = piece.offset + len(piece.text)
    return ServerSentEvent(
        json.dumps({"text": piece.text, "offset": piece.offset}, ensure_ascii=False),
        event="message.delta",
        id=f"{said_id}.{answer_id}.{seen}",
    )


def _completed(done: Done, *, anew: bool) -> ServerSentEvent:
    body: BaseModel = regenerated_of(done) if anew else answer_of(done)
    return ServerSentEvent(
        body.model_dump_json(),
        event="message.completed",
        id=f"{done.said.id}.{done.answer.id}.{len(done.answer.content)}",
    )


def _event(name: str, data: dict[str, object]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)
