"""The same request sent again gets its first answer, not its effect a second time.

A client that never saw the answer to a POST sends it again with the same `Idempotency-Key`. Only
a success is kept. A refusal has changed nothing, so it frees the key: who has put the cause right
may ask again. What ended otherwise (5xx, cancelled, process gone) may have had its effect: only the
very same request may then try again, and it is told so (`Claim.repeats_since`).
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.errors import DomainError, MalformedBody, ValidationFailed
from app.core.event_stream import EventStream
from app.core.security import Principal

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_CHARS = 255
KEY_PATTERN = rf"^[!-~]{{1,{MAX_KEY_CHARS}}}$"
KEY_MESSAGE = "Isi dengan satu kunci berisi 1-255 karakter ASCII tanpa spasi."
# A key is free this long after its process died; as long as one lives it renews.
LEASE_S = 15.0
RENEWALS_PER_LEASE = 3
KEPT_S = 24 * 3600.0

Handle = Callable[[Request], Awaitable[Response]]


class IdempotencyInProgress(DomainError):
    status = 409
    code = "idempotency_in_progress"
    detail = "Permintaan yang sama masih kami kerjakan. Tunggu sebentar lalu coba lagi, ya."
    retry_after_s = 1


class IdempotencyKeyReused(DomainError):
    status = 422
    code = "idempotency_key_reused"
    detail = "Kunci ini sudah dipakai untuk permintaan lain. Kirim dengan kunci baru, ya."


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """`fingerprint`: SHA-256 of method, path, query and body, byte for byte."""

    user_id: UUID
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Ours to run. `repeats_since`: an earlier try of the very same request began then, and what
    became of it is not known; None for the first one.
    """

    user_id: UUID
    key: str
    claim_id: UUID
    repeats_since: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Outcome(Enum):
    REFUSED = auto()  # nothing has changed
    UNKNOWN = auto()  # it may have had its effect


class KeptAnswers(Protocol):
    """Where the first answers are."""

    async def claim(self, request: KeyedRequest) -> Claim | Answer:
        """The right to run the request for LEASE_S, or its first answer.

        Raises IdempotencyInProgress, IdempotencyKeyReused, and what the caller may not have.
        """

    async def renew(self, claim: Claim) -> None:
        """Hold the claim for another LEASE_S. Like the next: never raises, and touches nothing
        when the claim has passed to another.
        """

    async def settle(self, claim: Claim, result: Answer | Outcome) -> None:
        """Keep an answer for KEPT_S, or free the key."""


async def answer_once(request: Request, handle: Handle, kept: KeptAnswers) -> Response:
    """The answer of `handle`, or the one that the same request got before."""
    principal: Principal = request.scope["state"]["principal"]
    key = _key_of(request)
    found = await kept.claim(KeyedRequest(principal.user_id, key, await _fingerprint(request)))
    if isinstance(found, Answer):
        return Response(found.body, found.status, {**found.headers, REPLAYED_HEADER: "true"})
    request.scope["state"]["claim"] = found
    hold = _Hold(kept, found)
    result: Answer | Outcome | None = Outcome.UNKNOWN
    try:
        response = await handle(request)
        if isinstance(response, EventStream):  # it runs until its last event
            response.when_over(partial(hold.end, Outcome.UNKNOWN))
            result = None
        else:
            result = _result_of(response)
    except (DomainError, HTTPException, RequestValidationError) as error:
        if _status_of(error) < 500:
            result = Outcome.REFUSED
        raise
    finally:
        if result is not None:
            await hold.end(result)
    return response


class _Hold:
    """Keeps a claim from the moment it is ours until what it comes to is known."""

    def __init__(self, kept: KeptAnswers, claim: Claim) -> None:
        self._kept = kept
        self._claim = claim
        self._renewing = asyncio.create_task(self._renew())

    async def end(self, result: Answer | Outcome) -> None:
        self._renewing.cancel()
        with suppress(asyncio.CancelledError):
            await self._renewing
        await self._kept.settle(self._claim, result)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / RENEWALS_PER_LEASE)
            await self._kept.renew(self._claim)


def claim_of(request: Request) -> Claim | None:
    """The claim under which this request runs, when it has a key."""
    claim: Claim | None = request.scope["state"].get("claim")
    return claim


async def current_claim(request: Request) -> Claim | None:
    """`claim_of` as a FastAPI dependency."""
    return claim_of(request)


CurrentClaim = Annotated[Claim | None, Depends(current_claim)]


def _key_of(request: Request) -> str:
    given = request.headers.getlist(KEY_HEADER)
    if len(given) != 1 or not re.fullmatch(KEY_PATTERN, given[0]):
        location = ["header", KEY_HEADER]
        raise ValidationFailed(errors=[{"location": location, "message": KEY_MESSAGE}])
    return given[0]


async def _fingerprint(request: Request) -> bytes:
    """Of the bytes as they came: whoever sends again sends the same ones."""
    try:
        body = await request.body()
    except ClientDisconnect:
        raise MalformedBody from None
    scope = request.scope
    digest = hashlib.sha256()
    for part in (scope["method"].encode(), scope["path"].encode(), scope["query_string"], body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _result_of(response: Response) -> Answer | Outcome:
    """A streamed answer is not kept: it has no body that could be given again."""
    body = getattr(response, "body", None)
    if response.status_code < 300 and isinstance(body, bytes):
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return Answer(response.status_code, headers, body)
    return Outcome.REFUSED if 400 <= response.status_code < 500 else Outcome.UNKNOWN


def _status_of(error: DomainError | HTTPException | RequestValidationError) -> int:
    if isinstance(error, DomainError):
        return error.status
    return error.status_code if isinstance(error, HTTPException) else 422
