"""Who stops reading a stream: the provider is told at once, what it cost is counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from app.core.exposition import exposition
from app.llm.ledger import Attempt
from app.llm.measured import MeasuredModel
from app.llm.openrouter import OpenRouterModel
from app.llm.port import Deadline, Finished, Stream, Usage
from app.llm.tokens import estimated_usage
from tests.llm.openrouter.calls import a_model
from tests.llm.openrouter.chats import CHAT, MODEL, a_chat, hear
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.scrape import Scrape
from tests.support.sim_behaviour import Behaviour

HANGS = chat.events("hangs", chat.chunk("Halo Ayu"), end="hang")
Leave = Callable[[Stream], Awaitable[None]]


async def close(items: Stream) -> None:
    await anext(items)
    await items.aclose()


async def be_cancelled(items: Stream) -> None:
    """In the middle of waiting for the next delta."""
    first = asyncio.Event()

    async def read() -> None:
        async for _ in items:
            first.set()

    task = asyncio.create_task(read())
    await first.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class TestLeaving:
    @pytest.mark.parametrize("leave", [close, be_cancelled])
    async def test_the_provider_knows_within_a_second(
        self, sim: OpenRouterSim, leave: Leave
    ) -> None:
        seen: list[Attempt] = []
        sim.always(CHAT, HANGS)
        request = a_chat(deadline=Deadline.after(60), first_token_timeout_s=30)
        async with a_model(sim, observe=seen.append) as model:
            await leave(model.stream(request))
            left = time.monotonic()
            assert await asyncio.to_thread(sim.wait_idle, 1.0)
            (call,) = sim.calls
            assert call.aborted
            assert call.finished is not None
            assert call.finished - left < 1.0
            usage = estimated_usage(request.messages, "Halo Ayu")
            assert seen == [Attempt(CHAT, MODEL, failed=True, retry=False, usage=usage)]
            sim.always(CHAT, chat.speaks("Halo"))
            assert (await hear(model, a_chat())).finished.text == "Halo"

    async def test_before_the_first_token(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.always(CHAT, faults.hang_before_headers)
        async with a_model(sim, observe=seen.append) as model:
            task = asyncio.create_task(hear(model, a_chat(deadline=Deadline.after(60))))
            assert await asyncio.to_thread(sim.wait_calls, 1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await asyncio.to_thread(sim.wait_idle, 1.0)
        assert sim.calls[0].aborted
        assert seen == [Attempt(CHAT, MODEL, failed=True, retry=False, usage=Usage())]

    async def test_many_who_leave_poison_nothing(self, sim: OpenRouterSim) -> None:
        """Neither connections nor slots nor the breaker: everyone after them is answered."""
        sim.always(CHAT, HANGS)
        async with a_model(sim, max_in_flight=30) as model:
            for _ in range(2):
                streams = [model.stream(a_chat()) for _ in range(30)]
                await asyncio.gather(*(close(items) for items in streams))
                assert await asyncio.to_thread(sim.wait_idle, 1.0)
            sim.always(CHAT, chat.speaks("Halo", " Ayu"))
            heard = await asyncio.gather(*(hear(model, a_chat()) for _ in range(30)))
        assert {one.finished.text for one in heard} == {"Halo Ayu"}
        assert sim.max_in_flight == 30

    async def test_a_stream_that_was_never_read_asks_nobody(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await model.stream(a_chat()).aclose()
        assert sim.count() == 0


class TestMeasured:
    @pytest.mark.parametrize(
        ("behaviour", "model_named", "status"),
        [
            (chat.speaks("Halo"), "sim/chat", "success"),
            (faults.status(503), MODEL, "unavailable"),
            (chat.events("no finish", chat.chunk("Halo")), MODEL, "unavailable"),
            (HANGS, MODEL, "cancelled"),
        ],
        ids=str,
    )
    async def test_every_end_is_counted(
        self, sim: OpenRouterSim, behaviour: Behaviour, model_named: str, status: str
    ) -> None:
        sim.always(CHAT, behaviour)
        before = _requests(model_named, status)
        async with a_model(sim) as model:
            measured = MeasuredModel(model, "sim/primary")
            if status == "cancelled":
                await close(measured.stream(a_chat()))
            else:
                await hear(measured, a_chat())
        assert _requests(model_named, status) == before + 1

    async def test_the_end_is_counted_when_nobody_reads_on(self, sim: OpenRouterSim) -> None:
        sim.always(CHAT, chat.speaks("Halo"))
        before = _requests("sim/chat", "success")
        async with a_model(sim) as model:
            items = MeasuredModel(model, "sim/primary").stream(a_chat())
            async for item in items:
                if isinstance(item, Finished):
                    break
            await items.aclose()
        assert _requests("sim/chat", "success") == before + 1


def _requests(model: str, status: str) -> float:
    scrape = Scrape(exposition().decode())
    return scrape.value("openrouter_requests_total", model=model, status=status)
