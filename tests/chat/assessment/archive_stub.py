"""An archive service as others would build it, and all the ways in which it fails."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

ARCHIVED = "9c1d2b7e-6f30-4a58-8d21-7b0e4c5f9a63"
OCEAN = {"O": 88, "C": 75, "E": 82, "A": 61, "N": 35}
VIA = {"creativity": 90, "leadership": 85.5}


def told(user_id: UUID, assessment_id: str = ARCHIVED, **changes: Any) -> dict[str, Any]:
    return {
        "assessment_id": assessment_id,
        "user_id": str(user_id),
        "assessmentDate": "2026-10-01T07:30:00Z",
        "riasec": {"R": 85, "I": 92, "A": 78, "S": 40.5, "E": 20, "C": 10},
        "ocean": OCEAN,
        "viaIs": VIA,
        "personaProfile": {"summary": "Pemikir yang tenang.", "details": "Kekuatan: Kamu teliti."},
        "archetype": "unknown here",
        **changes,
    }


class ArchiveStub:
    """Answers for what is `kept`, by path; `broken` is a body, a status or "hang" for all."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.broken: bytes | int | str | None = None
        self.calls: list[tuple[str, Mapping[str, str]]] = []
        self._go_on = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stub._answer(self)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def keep(self, user_id: UUID, assessment_id: str = ARCHIVED, **changes: Any) -> None:
        self.kept[assessment_id] = self.kept["latest"] = told(user_id, assessment_id, **changes)

    def reset(self) -> None:
        self.kept.clear()
        self.calls.clear()
        self.broken = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._go_on.set()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        self.calls.append((request.path, dict(request.headers.items())))
        if self.broken == "hang":
            self._go_on.wait(20)
        found = self.kept.get(url.path.removeprefix("/assessments/"))
        user = parse_qs(url.query).get("user_id", [""])[0]
        if isinstance(self.broken, int):
            self._send(request, self.broken, b"{}")
        elif isinstance(self.broken, bytes):
            self._send(request, 200, self.broken)
        elif found is None or (found["user_id"] != user and "stolen" not in found):
            self._send(request, 404, b"{}")
        else:
            self._send(request, 200, json.dumps(found).encode())

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
