"""Assessments of an archive service, also of one that fails."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine

from app.career_profile.riasec.hexagon import Letter
from app.chat.assessment.archive.source import PAUSE_S, ArchiveSource
from app.chat.assessment.errors import ArchiveUnavailable
from tests.chat.assessment.archive_stub import ARCHIVED, OCEAN, ArchiveStub, told
from tests.chat.assessment.conftest import INTERNAL_KEY, MakeOwnSettings
from tests.chat.assessment.person import Person
from tests.support.live_server import live_server
from tests.support.player import add_user
from tests.support.problems import assert_problem

KEY = "2f6b7c1d9e8a4b53"
OWNER = UUID("7d1f0c52-3a4e-4b7d-9c11-5a2e8f6b3d90")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def running() -> Iterator[ArchiveStub]:
    with ArchiveStub() as stub:
        yield stub


@pytest.fixture
def archive(running: ArchiveStub) -> ArchiveStub:
    running.reset()
    return running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def source(archive: ArchiveStub, clock: Clock) -> AsyncIterator[ArchiveSource]:
    source = ArchiveSource(archive.base_url, KEY, 0.3, clock)
    yield source
    await source.aclose()


@pytest.fixture(scope="module")
def archived_server(running: ArchiveStub, own_settings: MakeOwnSettings) -> Iterator[str]:
    changes = {"archive_service_url": running.base_url, "archive_timeout_s": 0.5}
    with live_server(own_settings(worker_in_serve=False, **changes)) as base_url:
        yield base_url


@pytest.fixture
async def archived(
    archived_server: str, own_settings: MakeOwnSettings, own_engine: Engine
) -> AsyncIterator[Person]:
    async with httpx.AsyncClient(base_url=archived_server, timeout=30) as client:
        yield Person(client, own_settings(), add_user(own_engine), own_engine)


class TestAnswers:
    async def test_scores_dates_and_words(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        archive.keep(OWNER)
        found = await source.find(OWNER, ARCHIVED)
        assert found is not None
        assert found == await source.latest(OWNER)
        assert found.assessment_id == ARCHIVED
        assert found.completed_at == datetime(2026, 10, 1, 7, 30, tzinfo=UTC)
        assert found.riasec[Letter.S] == 41  # 40.5, half up
        assert found.ocean == OCEAN
        assert found.via_is == {"creativity": 90, "leadership": 86}
        assert found.persona is not None
        assert (found.ikigai, found.fit_check, found.is_local) == (None, None, False)

    async def test_what_was_not_measured(self, archive: ArchiveStub, source: ArchiveSource) -> None:
        archive.keep(OWNER, ocean=None, viaIs=None, personaProfile=None)
        found = await source.find(OWNER, ARCHIVED)
        assert found is not None
        assert (found.ocean, found.via_is, found.persona) == (None, None, None)

    async def test_it_is_asked_with_the_key(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        await source.find(OWNER, ARCHIVED)
        ((path, headers),) = archive.calls
        assert path == f"/assessments/{ARCHIVED}?user_id={OWNER}"
        assert headers["X-Internal-Key"] == KEY

    async def test_unknown(self, archive: ArchiveStub, source: ArchiveSource) -> None:
        archive.keep(uuid4())
        assert await source.find(OWNER, ARCHIVED) is None
        assert await source.latest(OWNER) is None

    async def test_what_means_the_newest_is_no_id(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        archive.keep(OWNER)
        assert await source.latest(OWNER) is not None
        assert await source.find(OWNER, "latest") is None


class TestFailures:
    @pytest.mark.parametrize("broken", ["hang", 500, 401, 302, b"<html>", b"", b"[]", b"{}"])
    async def test_says_so(
        self, archive: ArchiveStub, source: ArchiveSource, broken: bytes | int | str
    ) -> None:
        archive.broken = broken
        with pytest.raises(ArchiveUnavailable):
            await source.find(OWNER, ARCHIVED)

    @pytest.mark.parametrize(
        "change",
        [
            {"riasec": {"R": 85}},
            {"riasec": dict.fromkeys("RIASEC", "85")},
            {"riasec": dict.fromkeys("RIASEC", 101)},
            {"riasec": dict.fromkeys("RIASEC", True)},
            {"riasec": None},
            {"ocean": {"O": 1}},
            {"viaIs": {"creativity": -1}},
            {"viaIs": {f"s{n}": 1 for n in range(25)}},
            {"personaProfile": {"summary": 1, "details": ""}},
            {"personaProfile": {"summary": "\x00", "details": ""}},
            {"assessmentDate": "kemarin"},
            {"assessmentDate": "2026-10-01T07:30:00"},
            {"user_id": "0f8e9c55-6a1e-4a8e-9a3c-2d54b6a0c1de", "stolen": True},
        ],
        ids=str,
    )
    async def test_wrong_types_are_no_result(
        self, archive: ArchiveStub, source: ArchiveSource, change: dict[str, object]
    ) -> None:
        archive.kept[ARCHIVED] = {**told(OWNER), **change}
        with pytest.raises(ArchiveUnavailable):
            await source.find(OWNER, ARCHIVED)

    async def test_another_assessment_than_asked_for(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        archive.kept[ARCHIVED] = told(OWNER, "another")
        with pytest.raises(ArchiveUnavailable):
            await source.find(OWNER, ARCHIVED)

    async def test_a_body_beyond_all_bounds(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        archive.broken = b" " * 300_000
        with pytest.raises(ArchiveUnavailable):
            await source.find(OWNER, ARCHIVED)

    async def test_nobody_there(self) -> None:
        source = ArchiveSource("http://127.0.0.1:9", KEY, 0.3)
        with pytest.raises(ArchiveUnavailable):
            await source.latest(OWNER)
        await source.aclose()


class TestPause:
    async def test_after_a_failure_nobody_else_waits(
        self, archive: ArchiveStub, source: ArchiveSource, clock: Clock
    ) -> None:
        archive.broken = 503
        for _ in range(5):
            with pytest.raises(ArchiveUnavailable):
                await source.find(OWNER, ARCHIVED)
        assert len(archive.calls) == 1
        archive.broken = None
        archive.keep(OWNER)
        clock.now = PAUSE_S
        assert await source.find(OWNER, ARCHIVED) is not None

    async def test_one_bad_answer_says_nothing_of_the_next(
        self, archive: ArchiveStub, source: ArchiveSource
    ) -> None:
        archive.kept["broken"] = told(OWNER, "broken", riasec=None)
        archive.keep(OWNER)
        with pytest.raises(ArchiveUnavailable):
            await source.find(OWNER, "broken")
        assert await source.find(OWNER, ARCHIVED) is not None


class TestBesideOurOwn:
    """Over HTTP: a server that has an archive."""

    async def test_an_archived_result_opens_a_conversation(
        self, archive: ArchiveStub, archived: Person
    ) -> None:
        archive.keep(archived.user_id)
        answer = await archived.chat.send("POST", "/conversations/from-assessment", {})
        assert answer.status_code == 201, answer.text
        context = answer.json()["conversation"]["context_data"]
        assert context["ocean"] == OCEAN
        assert context["ikigai"] is None
        assert "Investigative (I)" in answer.json()["initial_message"]["content"]
        assert archive.calls[0][1]["X-Internal-Key"] == INTERNAL_KEY

    async def test_our_own_comes_first(self, archive: ArchiveStub, archived: Person) -> None:
        archive.keep(archived.user_id)
        token = await archived.check_fit()
        ready = await archived.chat.ok("GET", f"/conversations/assessment-ready/{archived.user_id}")
        assert ready["assessment_id"] == token
        body = {"assessment_id": ARCHIVED}
        answer = await archived.chat.send("POST", "/conversations/from-assessment", body)
        assert answer.json()["conversation"]["assessment_id"] == ARCHIVED

    async def test_its_failure_is_clear_and_leaves_nothing(
        self, archive: ArchiveStub, archived: Person
    ) -> None:
        archive.broken = "hang"
        answer = await archived.chat.send("POST", f"/assessment/{ARCHIVED}/initialize")
        assert_problem(answer, 503, "archive_unavailable")
        assert answer.headers["retry-after"] == "5"
        assert archived.conversations() == 0
