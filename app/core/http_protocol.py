"""The HTTP protocol of the server: a bound on all that is not a body, and an end to streams."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.core.event_stream import end_with_process
from app.core.joined_writes import JoinedWrites

MAX_FRAMING_BYTES = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """Request line, headers, trailers and the framing of chunks: 64 KiB a request, and what one
    read from the socket brings beyond them (at most 256 KiB).

    The parser joins what it has of a header anew with every packet. A header without an end, which
    needs no login, would take memory without end, and the event loop with it: 34 s for 60 MB.
    Bodies have a limit of their own (core/middleware.py).
    """

    _framing_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._framing_bytes += len(data)
        super().data_received(data)
        if self._framing_bytes <= MAX_FRAMING_BYTES or self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self.send_400_response("Request header too large.")
        else:
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._framing_bytes = 0
        super().on_message_complete()

    def shutdown(self) -> None:
        """uvicorn waits for answers to end; those that would not are told."""
        super().shutdown()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            end_with_process(cycle.scope)
