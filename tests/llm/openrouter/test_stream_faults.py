"""Streams of the OpenRouter adapter: faults, time, keys, breaker, secrets."""

import asyncio
import json
import time

import pytest
from structlog.testing import capture_logs

from app.llm.openrouter import OpenRouterModel
from app.llm.port import (
    Deadline,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from tests.llm.openrouter.calls import KEY, NEXT_KEY, PURPOSE, a_model, a_request, success
from tests.llm.openrouter.chats import CHAT, LATE_S, MODEL, a_chat, a_short_chat, hear
from tests.llm.openrouter.stream_failing import BROKEN, RETRIED, SILENT, tables
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults
from tests.support.databases import ROOT
from tests.support.fake_clock import FakeClock
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_behaviour import Behaviour


def test_the_tables_are_in_the_documentation() -> None:
    text = (ROOT / "docs" / "model-gateway.md").read_text(encoding="utf-8")
    assert "\n".join(tables()) in text


class TestBeforeTheFirstToken:
    @pytest.mark.parametrize(("fault", "error", "reason", "attempts"), SILENT)
    async def test_that_goes_on(
        self,
        sim: OpenRouterSim,
        model: OpenRouterModel,
        fault: Behaviour,
        error: type[ModelError],
        reason: str,
        attempts: int,
    ) -> None:
        sim.always(CHAT, fault)
        request = a_short_chat() if reason == "first token timeout" else a_chat()
        heard = await hear(model, request)
        raised = heard.failed
        assert (type(raised), raised.reason, raised.attempts) == (error, reason, attempts)
        assert (heard.deltas, raised.partial) == ([], "")
        assert raised.__context__ is None
        assert sim.count() == attempts
        assert await asyncio.to_thread(sim.wait_idle)

    @pytest.mark.parametrize("fault", RETRIED)
    async def test_that_a_retry_survives(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.script(CHAT, fault)
        sim.always(CHAT, chat.speaks("Halo"))
        heard = await hear(model, a_chat())
        assert (heard.deltas, heard.finished.attempts) == (["Halo"], 2)

    async def test_nobody_listens(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.refuse_connections()
        try:
            raised = (await hear(model, a_chat())).failed
        finally:
            sim.accept_connections()
        assert (type(raised), raised.reason) == (ModelUnavailable, "connection failed")

    async def test_one_attempt_when_another_model_is_the_retry(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(CHAT, faults.status(503))
        assert (await hear(model, a_chat(max_attempts=1))).failed.attempts == sim.count() == 1

    async def test_the_status_is_told(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(CHAT, faults.status(402))
        assert (await hear(model, a_chat())).failed.status == 402


class TestInTheMiddle:
    @pytest.mark.parametrize(("fault", "error", "reason"), BROKEN)
    async def test_it_is_an_error_with_what_came(
        self,
        sim: OpenRouterSim,
        model: OpenRouterModel,
        fault: Behaviour,
        error: type[ModelError],
        reason: str,
    ) -> None:
        sim.always(CHAT, fault)
        heard = await hear(model, a_short_chat() if reason == "deadline" else a_chat())
        raised = heard.failed
        assert (type(raised), raised.reason, raised.partial) == (error, reason, "Halo")
        assert heard.deltas == ["Halo"]
        assert raised.attempts == sim.count() == 1  # never again after the first token
        assert raised.model == MODEL
        assert raised.__context__ is None

    async def test_an_answer_without_bounds(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        long = chat.chunk("kata " * 100_000)
        sim.always(CHAT, chat.events("long", long, long, long, long, long))
        raised = (await hear(model, a_chat(deadline=Deadline.after(5)))).failed
        assert raised.reason == "response too large"
        assert len(raised.partial) <= 2_000_000


class TestTime:
    async def test_comments_do_not_prolong_the_wait_for_the_first_token(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(CHAT, chat.only_comments)
        started = time.monotonic()
        await hear(model, a_chat(first_token_timeout_s=0.2, deadline=Deadline.after(5)))
        assert 0.2 <= time.monotonic() - started < 0.2 + LATE_S

    async def test_retry_after_that_fits(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script(CHAT, faults.status(429, "0.2"))
        heard = await hear(model, a_chat(first_token_timeout_s=3.0))
        first, second = sim.calls
        assert heard.finished.attempts == 2
        assert 0.2 <= second.started - first.started < 0.2 + LATE_S

    async def test_the_attempts_share_the_wait_for_the_first_token(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.script(CHAT, faults.latency(0.1, faults.status(503)))
        sim.always(CHAT, faults.hang_before_headers)
        started = time.monotonic()
        raised = (await hear(model, a_chat(first_token_timeout_s=0.6))).failed
        assert (raised.reason, raised.attempts) == ("first token timeout", 2)
        assert 0.55 < time.monotonic() - started < 0.6 + LATE_S

    async def test_waiting_for_a_slot_counts_and_a_stream_holds_one(
        self, sim: OpenRouterSim
    ) -> None:
        sim.always(CHAT, chat.events("hangs", chat.chunk("Halo"), end="hang"))
        async with a_model(sim, max_in_flight=1) as model:
            first = model.stream(a_chat())
            await anext(first)
            raised = (await hear(model, a_chat(first_token_timeout_s=0.1))).failed
            assert (type(raised), raised.attempts) == (ModelTimeout, 0)
            await first.aclose()
            sim.always(CHAT, chat.speaks("Halo"))
            assert (await hear(model, a_chat())).finished.text == "Halo"


class TestKeys:
    async def test_the_next_key_takes_over_within_one_attempt_allowed(
        self, sim: OpenRouterSim
    ) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY, retry_delay_s=60.0) as model:
            attempts = [
                (await hear(model, a_chat(max_attempts=1))).finished.attempts for _ in range(2)
            ]
        keys = [call.headers["authorization"].split()[1] for call in sim.calls]
        assert (attempts, keys) == ([2, 1], [KEY, NEXT_KEY, NEXT_KEY])

    async def test_both_are_refused(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset()
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            raised = (await hear(model, a_chat(max_attempts=4))).failed
        assert (type(raised), raised.status, raised.attempts) == (ModelRefused, 401, 2)


class TestBreaker:
    async def test_of_a_model_is_open_for_it_alone(self, sim: OpenRouterSim) -> None:
        clock = FakeClock()
        sim.always(CHAT, faults.status(503))
        async with a_model(sim, clock=clock) as model:
            for _ in range(10):
                await hear(model, a_chat(max_attempts=1))
            refused = (await hear(model, a_chat())).failed
            assert (refused.reason, refused.attempts, sim.count()) == ("circuit open", 0, 10)
            sim.always(CHAT, chat.speaks("Halo"))
            assert (await hear(model, a_chat(model="sim/other"))).finished.text == "Halo"
            await success(model, a_request())  # of another purpose and model
            clock.advance(30)
            assert (await hear(model, a_chat())).finished.text == "Halo"

    async def test_is_shared_with_the_questions_to_the_same_model(self, sim: OpenRouterSim) -> None:
        sim.always(CHAT, faults.status(503))
        async with a_model(sim, clock=FakeClock(), models=(MODEL, "sim/b")) as model:
            for _ in range(10):
                await hear(model, a_chat(max_attempts=1))
            await success(model, a_request())
        assert sim.calls[-1].body["model"] == "sim/b"
        assert sim.calls[-1].purpose == PURPOSE

    @pytest.mark.parametrize("fault", [p.values[0] for p in BROKEN[:1]], ids=str)
    async def test_streams_that_break_count(self, sim: OpenRouterSim, fault: Behaviour) -> None:
        sim.always(CHAT, fault)
        async with a_model(sim, clock=FakeClock()) as model:
            for _ in range(10):
                await hear(model, a_chat())
            assert (await hear(model, a_chat())).failed.reason == "circuit open"

    async def test_a_model_that_never_speaks_counts(self, sim: OpenRouterSim) -> None:
        sim.always(CHAT, faults.hang_before_headers)
        async with a_model(sim, clock=FakeClock()) as model:
            request = a_chat(first_token_timeout_s=0.1)
            await asyncio.gather(*(hear(model, request) for _ in range(10)))
            assert (await hear(model, a_chat())).failed.reason == "circuit open"

    async def test_what_was_not_given_its_time_says_nothing(self, sim: OpenRouterSim) -> None:
        sim.always(CHAT, faults.hang_before_headers)
        async with a_model(sim, clock=FakeClock()) as model:
            request = a_chat(first_token_timeout_s=5.0, deadline=Deadline.after(0.05))
            await asyncio.gather(*(hear(model, request) for _ in range(12)))
            sim.always(CHAT, chat.speaks("Halo"))
            assert (await hear(model, a_chat())).finished.text == "Halo"


class TestSecrets:
    @pytest.mark.parametrize(
        "fault",
        [
            chat.events("garbage", chat.chunk("Halo"), b"data: JAWABAN-7\n\n"),
            chat.speaks("JAWABAN-7", finish="content_filter"),
            chat.events("reset", chat.chunk("JAWABAN-7"), end="reset"),
            faults.raw_body("echo", b"JAWABAN-7"),
        ],
        ids=str,
    )
    async def test_stay_secret(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(CHAT, fault)
        with capture_logs() as logs:
            raised = (await hear(model, a_chat())).failed
        said = json.dumps(logs) + str(raised) + repr(raised)
        assert logs
        for secret in (KEY, "RAHASIA", "JAWABAN-7"):
            assert secret not in said
