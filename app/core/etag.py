"""Answers that hardly ever change: the client keeps them and asks only whether they did."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from app.core.fields import Output

MAX_AGE_S = 3600
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The client's copy is current (If-None-Match)"}
}


def cacheable(request: Request, body: Output) -> Response:
    """The body as JSON with a strong ETag, or 304 when the client holds it already."""
    content = body.model_dump_json().encode()
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={MAX_AGE_S}"}
    known = request.headers.get("if-none-match", "")
    if etag in (tag.strip().removeprefix("W/") for tag in known.split(",")) or known == "*":
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
