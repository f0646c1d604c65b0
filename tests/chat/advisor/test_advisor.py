"""The advisor at the simulator: one answer from the first model that gives one."""

import asyncio
import time
from hashlib import sha256
from itertools import pairwise
from uuid import uuid4

import pytest

from app.chat.advisor.advisor import Answered, Interim, Started
from app.chat.advisor.spent import Spent
from app.llm.port import (
    Delta,
    Message,
    ModelBadOutput,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    Usage,
)
from tests.chat.advisor.asking import (
    FIRST,
    LATE_S,
    PAID,
    SECOND,
    WITH_PAID,
    a_turn,
    advisor_at,
    ask,
    asked,
)
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_behaviour import Behaviour

HALO = chat.speaks("Halo", " Ayu")
DEAD = faults.status(503)
SILENT = faults.hang_before_headers


class TestAnAnswer:
    async def test_started_deltas_answered(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.speaks("Halo", " Ayu", every=0.01))
        async with advisor_at(sim) as advisor:
            said = await ask(advisor)
        assert said.kinds == [Started, Delta, Answered]
        assert said.items[0] == Started(FIRST, is_free=True)
        assert said.text == "Halo Ayu"
        end = Answered("Halo Ayu", "sim/chat", True, "stop", Usage(40, 7, 0.0), 1)
        assert said.answered == end

    async def test_what_is_sent(self, sim: OpenRouterSim) -> None:
        turn = a_turn(free_messages=(Message("user", "singkat"),), user_id=uuid4())
        sim.always("chat", chat.by_model({PAID: HALO}, DEAD))
        async with advisor_at(sim, WITH_PAID) as advisor:
            await ask(advisor, turn)
        first, second, paid = [call.body for call in sim.calls]
        assert first["messages"] == second["messages"] == [{"role": "user", "content": "singkat"}]
        assert paid["messages"][0] == {"role": "system", "content": "Jawab."}
        assert (first["max_tokens"], first["temperature"]) == (1000, 0.7)
        assert first["user"] == sha256(turn.user_id.bytes).hexdigest()[:32]

    async def test_for_who_can_wait(self, sim: OpenRouterSim) -> None:
        sim.always("chat", HALO)
        async with advisor_at(sim) as advisor:
            assert (await advisor.whole_answer(a_turn())).text == "Halo Ayu"


class TestFallback:
    async def test_the_next_model_answers_at_once(self, sim: OpenRouterSim) -> None:
        """The wait of a retry is for the one that failed."""
        sim.always("chat", chat.by_model({FIRST: DEAD}, HALO))
        async with advisor_at(sim, retry_delay_s=60.0) as advisor:
            said = await ask(advisor)
        assert asked(sim) == [FIRST, SECOND]
        assert said.kinds == [Started, Delta, Answered]
        assert said.items[0] == Started(SECOND, is_free=True)
        assert said.answered.attempts == 2

    async def test_the_paid_model_costs_what_it_says(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.by_model({PAID: HALO}, DEAD))
        async with advisor_at(sim, WITH_PAID) as advisor:
            said = await ask(advisor)
        assert asked(sim) == list(WITH_PAID)
        assert (said.answered.is_free, said.answered.usage.cost) == (False, 0.00042)

    async def test_nobody_answers(self, sim: OpenRouterSim) -> None:
        sim.always("chat", DEAD)
        async with advisor_at(sim) as advisor:
            said = await ask(advisor)
        assert asked(sim) == [FIRST, SECOND, SECOND]  # the last is its own retry
        raised = said.failed
        assert (type(raised), raised.reason, raised.attempts) == (ModelUnavailable, "http 503", 3)
        assert (said.items, raised.model, raised.partial) == ([], SECOND, "")

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (faults.status(400), ModelRefused),
            (faults.status(401), ModelRefused),
            (faults.status(402), ModelRefused),
            (faults.error_object(402), ModelRefused),
        ],
        ids=str,
    )
    async def test_what_nobody_cures_ends_the_chain(
        self, sim: OpenRouterSim, fault: Behaviour, error: type[Exception]
    ) -> None:
        sim.always("chat", fault)
        async with advisor_at(sim, WITH_PAID) as advisor:
            assert isinstance((await ask(advisor)).failed, error)
        assert asked(sim) == [FIRST]

    @pytest.mark.parametrize(
        "fault",
        [
            faults.status(403),
            faults.status(404),
            faults.status(408),
            faults.status(429),
            faults.status(429, "60"),
            faults.status(402, "60"),
            faults.reset,
            faults.html,
            chat.speaks(),
            chat.speaks(finish="content_filter"),
            chat.events("no finish"),
        ],
        ids=str,
    )
    async def test_what_another_may_cure(self, sim: OpenRouterSim, fault: Behaviour) -> None:
        sim.always("chat", chat.by_model({FIRST: fault}, HALO))
        async with advisor_at(sim) as advisor:
            assert (await ask(advisor)).answered.text == "Halo Ayu"
        assert asked(sim) == [FIRST, SECOND]

    async def test_the_next_key_is_not_the_next_model(self, sim: OpenRouterSim) -> None:
        sim.always("chat", HALO)
        sim.valid_keys = frozenset({"next-key"})
        async with advisor_at(sim, api_key_next="next-key") as advisor:
            assert (await ask(advisor)).answered.attempts == 2
        assert asked(sim) == [FIRST, FIRST]

    async def test_an_open_breaker_is_passed_at_once(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.by_model({FIRST: DEAD}, HALO))
        async with advisor_at(sim) as advisor:
            for _ in range(10):
                await ask(advisor)
            said = await ask(advisor)
        assert asked(sim).count(FIRST) == 10
        assert said.answered.attempts == 1

    async def test_the_failure_told_is_of_one_that_was_asked(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.by_model({FIRST: faults.status(429)}, DEAD))
        async with advisor_at(sim) as advisor:
            for _ in range(5):
                await ask(advisor)  # ten failures of the second
            sim.always("chat", faults.status(429))
            raised = (await ask(advisor)).failed
        assert (type(raised), raised.attempts) == (ModelRateLimited, 1)

    async def test_after_the_first_token_nobody_else_is_asked(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.events("breaks", chat.chunk("Halo"), end="reset"))
        async with advisor_at(sim, WITH_PAID) as advisor:
            said = await ask(advisor)
        assert asked(sim) == [FIRST]
        assert (said.kinds, said.failed.partial) == ([Started, Delta], "Halo")
        assert said.failed.usage.completion_tokens == 2  # estimated


class TestTime:
    async def test_each_has_its_share(self, sim: OpenRouterSim) -> None:
        """Three silent models in 0.9 s: 0.3 s each, and the last is heard, too."""
        sim.always("chat", chat.by_model({PAID: HALO}, SILENT))
        async with advisor_at(sim, WITH_PAID, deadline_s=0.9) as advisor:
            said = await ask(advisor)
        starts = [call.started for call in sim.calls]
        gaps = [b - a for a, b in pairwise(starts)]
        assert all(0.15 < gap < 0.3 + LATE_S for gap in gaps)
        assert said.answered.model == "sim/chat"

    async def test_one_deadline_over_all(self, sim: OpenRouterSim) -> None:
        sim.always("chat", SILENT)
        async with advisor_at(sim, WITH_PAID, deadline_s=0.9) as advisor:
            said = await ask(advisor)
        assert asked(sim) == list(WITH_PAID)
        assert isinstance(said.failed, ModelTimeout)
        assert 0.85 < said.took_s < 0.9 + LATE_S

    async def test_who_speaks_may_use_what_is_left(self, sim: OpenRouterSim) -> None:
        """Its share was 0.4 s; the answer takes 0.6 s."""
        sim.always("chat", chat.speaks(*["kata "] * 10, every=0.06))
        async with advisor_at(sim, WITH_PAID, deadline_s=1.2) as advisor:
            assert (await ask(advisor)).answered.text == "kata " * 10

    async def test_not_more_than_what_is_left(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.speaks(*["kata "] * 100, every=0.05))
        async with advisor_at(sim, deadline_s=0.4) as advisor:
            said = await ask(advisor)
        assert isinstance(said.failed, ModelTimeout)
        assert said.failed.partial == said.text != ""
        assert said.took_s < 0.4 + LATE_S


class TestInterim:
    async def test_once_and_then_the_answer(self, sim: OpenRouterSim) -> None:
        """Across models: the first fails in time, the second is slow."""
        slow = faults.latency(0.2, HALO)
        sim.always("chat", chat.by_model({FIRST: faults.latency(0.05, DEAD)}, slow))
        async with advisor_at(sim, interim_after_s=0.1) as advisor:
            said = await ask(advisor)
        assert said.kinds == [Interim, Started, Delta, Answered]

    async def test_not_after_the_first_token(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.speaks(*["kata "] * 6, every=0.05))
        async with advisor_at(sim, interim_after_s=0.1) as advisor:
            said = await ask(advisor)
        assert said.kinds == [Started, Delta, Answered]

    async def test_before_a_failure(self, sim: OpenRouterSim) -> None:
        sim.always("chat", SILENT)
        async with advisor_at(sim, interim_after_s=0.1, deadline_s=0.3) as advisor:
            said = await ask(advisor)
        assert said.items == [Interim()]
        assert isinstance(said.failed, ModelTimeout)


class TestLeaving:
    @pytest.mark.parametrize(
        ("behaviour", "read"),
        [
            (SILENT, 0),  # cancelled before anything came
            (SILENT, 1),  # after Interim
            (chat.events("hangs", chat.chunk("Halo"), end="hang"), 2),
        ],
        ids=["before", "after the interim", "in the middle"],
    )
    async def test_the_provider_knows_within_a_second(
        self, sim: OpenRouterSim, behaviour: Behaviour, read: int
    ) -> None:
        sim.always("chat", behaviour)
        interim_after_s = 0.05 if read == 1 else 30.0
        async with advisor_at(
            sim, interim_after_s=interim_after_s, deadline_s=60.0, first_token_s=30.0
        ) as advisor:
            items = advisor.answer(a_turn(), Spent())
            for _ in range(read):
                await anext(items)
            waiting = asyncio.ensure_future(anext(items))
            assert await asyncio.to_thread(sim.wait_calls, 1)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await items.aclose()
            left = time.monotonic()
            assert await asyncio.to_thread(sim.wait_idle, 1.0)
            assert time.monotonic() - left < 1.0
            assert sim.calls[0].aborted
            assert asked(sim) == [FIRST]
            sim.always("chat", HALO)
            assert (await ask(advisor)).answered.text == "Halo Ayu"


async def test_an_answer_of_nothing_is_no_answer(sim: OpenRouterSim) -> None:
    sim.always("chat", chat.speaks(" ", "\n"))
    async with advisor_at(sim) as advisor:
        assert isinstance((await ask(advisor)).failed, ModelBadOutput)
