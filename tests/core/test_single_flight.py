"""Callers of the same work share one run of it, and nobody's leaving stops it."""

import asyncio

import pytest

from app.core.single_flight import SingleFlight


class Work:
    """Counts its runs and waits to be let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self.finished = 0
        self.gate = asyncio.Event()
        self._error = error

    async def __call__(self) -> int:
        self.runs += 1
        run = self.runs
        await self.gate.wait()
        self.finished += 1
        if self._error is not None:
            raise self._error
        return run


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class TestRun:
    async def test_shared_while_under_way(self) -> None:
        flights, work = SingleFlight[int](), Work()
        callers = [asyncio.ensure_future(flights.run("a", work)) for _ in range(20)]
        await turns()
        work.gate.set()
        assert await asyncio.gather(*callers) == [1] * 20

    async def test_run_again_once_it_is_over(self) -> None:
        flights, work = SingleFlight[int](), Work()
        work.gate.set()
        assert [await flights.run("a", work), await flights.run("a", work)] == [1, 2]

    async def test_another_key_is_another_run(self) -> None:
        flights, work = SingleFlight[int](), Work()
        work.gate.set()
        found = await asyncio.gather(flights.run("a", work), flights.run("b", work))
        assert sorted(found) == [1, 2]

    async def test_all_callers_get_the_error(self) -> None:
        flights, work = SingleFlight[int](), Work(KeyError("gagal"))
        callers = [asyncio.ensure_future(flights.run("a", work)) for _ in range(3)]
        await turns()
        work.gate.set()
        found = await asyncio.gather(*callers, return_exceptions=True)
        assert [type(error) for error in found] == [KeyError] * 3
        assert work.runs == 1

    async def test_an_error_is_not_kept(self) -> None:
        flights, failing, work = SingleFlight[int](), Work(KeyError("gagal")), Work()
        failing.gate.set()
        work.gate.set()
        with pytest.raises(KeyError):
            await flights.run("a", failing)
        assert await flights.run("a", work) == 1


class TestCallerGone:
    async def test_the_work_goes_on(self) -> None:
        flights, work = SingleFlight[int](), Work()
        gone = asyncio.ensure_future(flights.run("a", work))
        stays = asyncio.ensure_future(flights.run("a", work))
        await turns()
        gone.cancel()
        await turns()
        work.gate.set()
        assert await stays == 1
        assert gone.cancelled()

    async def test_even_when_nobody_is_left(self) -> None:
        flights, work = SingleFlight[int](), Work()
        gone = asyncio.ensure_future(flights.run("a", work))
        await turns()
        gone.cancel()
        await turns()
        later = asyncio.ensure_future(flights.run("a", work))
        await turns()
        work.gate.set()
        assert await later == 1
        assert (work.runs, work.finished) == (1, 1)


class TestDrain:
    async def test_waits_for_what_runs(self) -> None:
        flights, work = SingleFlight[int](), Work()
        caller = asyncio.ensure_future(flights.run("a", work))
        await turns()
        drained = asyncio.ensure_future(flights.drain(5))
        await turns()
        assert not drained.done()
        work.gate.set()
        await drained
        assert work.finished == 1
        assert await caller == 1

    async def test_cancels_what_is_late(self) -> None:
        flights, work = SingleFlight[int](), Work()
        caller = asyncio.ensure_future(flights.run("a", work))
        await turns()
        await flights.drain(0.01)
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert work.finished == 0

    async def test_with_nothing_to_do(self) -> None:
        await SingleFlight[int]().drain(5)
