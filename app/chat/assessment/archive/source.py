"""The port's adapter over an archive service: assessments that another system has kept."""

import asyncio
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx
import structlog
from pydantic import ValidationError

from app.career_profile.decimals import exact, round_half_up
from app.career_profile.riasec.hexagon import LETTERS
from app.chat.assessment.archive.schemas import ArchivedAssessment
from app.chat.assessment.assessment import Assessment, Persona
from app.chat.assessment.errors import ArchiveUnavailable

logger = structlog.get_logger()

MAX_BODY_BYTES: Final = 256 * 1024
# After a failure nobody else waits for the same: for so long the archive counts as away.
PAUSE_S: Final = 5.0
LATEST: Final = "latest"


class ArchiveSource:
    """`GET {base}/assessments/{id or "latest"}?user_id=...`, see docs/decisions/0023.

    Safe to share by all tasks of a process.
    """

    def __init__(
        self,
        base_url: str,
        internal_key: str | None,
        timeout_s: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if internal_key is not None:
            headers["X-Internal-Key"] = internal_key
        self._client = httpx.AsyncClient(
            base_url=base_url, headers=headers, timeout=timeout_s, follow_redirects=False
        )
        self._timeout_s = timeout_s
        self._timer = timer
        self._away_until = 0.0

    async def latest(self, user_id: UUID) -> Assessment | None:
        return await self._told(user_id, LATEST)

    async def find(self, user_id: UUID, assessment_id: str) -> Assessment | None:
        if assessment_id == LATEST:  # the archive would take it for a wish, not for an id
            return None
        found = await self._told(user_id, assessment_id)
        if found is not None and found.assessment_id != assessment_id:
            raise self._unusable("another assessment")
        return found

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _told(self, user_id: UUID, name: str) -> Assessment | None:
        """None: there is no such one; raises ArchiveUnavailable for anything but a whole answer."""
        if self._timer() < self._away_until:
            raise ArchiveUnavailable
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await self._get(f"/assessments/{name}", {"user_id": str(user_id)})
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self._is_away(type(error).__name__) from None
        if body is None:
            return None
        try:
            told = ArchivedAssessment.model_validate_json(body)
        except ValidationError as error:
            raise self._unusable(f"{error.error_count()} members") from None
        if told.user_id != user_id:
            raise self._unusable("another user")
        return assessment_of(told)

    async def _get(self, path: str, params: Mapping[str, str]) -> bytes | None:
        async with self._client.stream("GET", path, params=params) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            if response.status_code != HTTPStatus.OK:
                raise self._is_away(f"status {response.status_code}")
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise self._unusable("a body beyond all bounds")
            return body

    def _is_away(self, reason: str) -> ArchiveUnavailable:
        self._away_until = self._timer() + PAUSE_S
        logger.warning("archive_unavailable", reason=reason)
        return ArchiveUnavailable()

    def _unusable(self, reason: str) -> ArchiveUnavailable:
        """One bad answer says nothing of the next."""
        logger.warning("archive_answer_unusable", reason=reason)
        return ArchiveUnavailable()


def assessment_of(told: ArchivedAssessment) -> Assessment:
    ocean, persona = told.ocean, told.persona
    return Assessment(
        assessment_id=told.assessment_id,
        completed_at=told.completed_at,
        riasec={letter: _whole(told.riasec.of(letter)) for letter in LETTERS},
        ocean=None if ocean is None else {k: _whole(v) for k, v in ocean.model_dump().items()},
        via_is=None if told.via_is is None else {k: _whole(v) for k, v in told.via_is.items()},
        persona=None if persona is None else Persona(persona.summary, persona.details),
        ikigai=None,
        fit_check=None,
        is_local=False,
    )


def _whole(score: float) -> int:
    return int(round_half_up(exact(score), 0))
