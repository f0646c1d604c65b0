"""The notifications of one person as server-sent events."""

import json
from collections.abc import AsyncGenerator

from app.chat.notifications.hub import Hub
from app.chat.notifications.schemas import item_of
from app.chat.notifications.stream import Kind, Viewer
from app.core.event_stream import event_of

RETRY = b"retry: 3000\n\n"  # milliseconds
EXAMPLE = """retry: 3000

id: 41
event: notification
data: {"id":41,"stage":"analysis_started","title":"Jawabanmu sedang kami baca","message":"Kami \
sedang mencocokkan ceritamu dengan profesi yang mungkin pas untukmu.","progress":50,\
"assessmentId":"3f2b8c1e-5d47-4a90-b6e3-0c9a7f1d2e84","action":null,"conversation_id":null,\
"message_id":null,"timestamp":"2026-11-20T08:00:00Z","delivered_at":null}

event: end
data: {"reason": "expired"}

"""


async def events(hub: Hub, viewer: Viewer, seen_id: int | None) -> AsyncGenerator[bytes, None]:
    """`notification` with the id that Last-Event-ID brings back; `end` says why we hang up.

    An event that was taken by the connection counts as delivered.
    """
    with hub.attached(viewer, Kind.SSE) as stream:
        # At once, so that proxies pass the headers on and the client knows that it is connected.
        yield RETRY
        async for item in hub.items(stream, seen_id):
            data = item_of(item).model_dump_json(by_alias=True)
            yield event_of("notification", data, str(item.id))
            hub.note_sent(stream, item.id)
        yield event_of("end", json.dumps({"reason": stream.end}))
