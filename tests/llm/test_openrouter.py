"""The OpenRouter adapter against the simulator: what every fault becomes, in time, in secret."""

import asyncio
import json
import logging
import random
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from structlog.testing import capture_logs

from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import (
    Completion,
    CompletionRequest,
    Deadline,
    LanguageModel,
    Message,
    ModelBadOutput,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    Purpose,
)
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_answers import schema_answer
from tests.support.sim_faults import Behaviour

PURPOSE = Purpose.SCORING
KEY, NEXT_KEY = "sk-or-first-2f6c", "sk-or-second-91ab"
PROMPT = "RAHASIA saya suka menggambar pola"
PRIMARY = "sim/primary"
ATTEMPT_S, DEADLINE_S, DELAY_S, LATE_S = 0.3, 0.8, 0.05, 0.25


class Score(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: Literal["C01", "C02", "C03"]
    k: float = Field(ge=0, le=1, allow_inf_nan=False)
    text: str = Field(min_length=20)

    @field_validator("text")
    @classmethod
    def _in_indonesian_without_the_profession(cls, text: str) -> str:
        if "You" in text or "Perawat" in text:
            raise ValueError("breaks the content rules")
        return text


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    note: str
    scores: list[Score] = Field(min_length=3, max_length=3)


def a_request(**changes: Any) -> CompletionRequest[Answer]:
    values: dict[str, Any] = {
        "purpose": PURPOSE,
        "messages": (Message("system", "Nilai."), Message("user", PROMPT)),
        "schema": Answer.model_json_schema(),
        "read": Answer.model_validate,
        "facts": None,
        "deadline": Deadline.after(DEADLINE_S),
        "attempt_timeout_s": ATTEMPT_S,
        "temperature": 0.0,
        "max_tokens": 400,
    }
    return CompletionRequest(**values | changes)


@asynccontextmanager
async def a_model(sim: OpenRouterSim, **changes: Any) -> AsyncIterator[OpenRouterModel]:
    values: dict[str, Any] = {
        "base_url": sim.base_url,
        "api_key": KEY,
        "models": (PRIMARY,),
        "retry_delay_s": DELAY_S,
    }
    model = OpenRouterModel(OpenRouterConfig(**values | changes), rng=random.Random(7))
    try:
        yield model
    finally:
        await model.aclose()


@pytest.fixture(scope="module")
def server() -> Iterator[OpenRouterSim]:
    with OpenRouterSim() as sim:
        yield sim


@pytest.fixture
def sim(server: OpenRouterSim) -> OpenRouterSim:
    server.reset()
    return server


@pytest.fixture
async def model(sim: OpenRouterSim) -> AsyncIterator[OpenRouterModel]:
    async with a_model(sim) as built:
        yield built


async def outcome(
    model: LanguageModel, request: CompletionRequest[Answer]
) -> Completion[Answer] | ModelError:
    """What a call comes to; it must not outlive its deadline."""
    try:
        return await model.complete(request)
    except ModelError as error:
        return error
    finally:
        assert time.monotonic() - request.deadline.at < LATE_S


async def failure(model: LanguageModel, request: CompletionRequest[Answer]) -> ModelError:
    result = await outcome(model, request)
    assert isinstance(result, ModelError), result
    return result


async def success(model: LanguageModel, request: CompletionRequest[Answer]) -> Completion[Answer]:
    result = await outcome(model, request)
    assert isinstance(result, Completion), result
    return result


def row(made: Behaviour, *expected: object) -> Any:
    return pytest.param(made, *expected, id=made.name)


# Behaviour, error, reason, HTTP attempts when it goes on for ever.
FAILING = [
    row(faults.hang_up, ModelUnavailable, "connection failed", 2),
    row(faults.reset, ModelUnavailable, "connection failed", 2),
    row(faults.hang_up_mid_body, ModelUnavailable, "connection failed", 2),
    row(faults.reset_mid_body, ModelUnavailable, "connection failed", 2),
    row(faults.slow_drip(), ModelTimeout, "attempt timeout", 2),
    row(faults.hang_before_headers, ModelTimeout, "attempt timeout", 2),
    row(faults.hang_mid_body, ModelTimeout, "attempt timeout", 2),
    row(faults.latency(2.0), ModelTimeout, "attempt timeout", 2),
    row(faults.status(400), ModelRefused, "http 400", 1),
    row(faults.status(401), ModelRefused, "http 401", 1),
    row(faults.status(402), ModelRefused, "http 402", 1),
    row(faults.status(402, "0"), ModelRateLimited, "http 402", 2),
    row(faults.status(402, "60"), ModelRateLimited, "http 402", 1),
    row(faults.status(403), ModelRefused, "http 403", 1),
    row(faults.status(404), ModelRefused, "http 404", 1),
    row(faults.status(422), ModelRefused, "http 422", 1),
    row(faults.status(408), ModelTimeout, "http 408", 2),
    row(faults.status(429), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "0.2"), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "60"), ModelRateLimited, "http 429", 1),
    row(faults.status(429, "soon"), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "nan"), ModelRateLimited, "http 429", 2),
    row(faults.status(500), ModelUnavailable, "http 500", 2),
    row(faults.status(502), ModelUnavailable, "http 502", 2),
    row(faults.status(503), ModelUnavailable, "http 503", 2),
    row(faults.status(503, "60"), ModelUnavailable, "http 503", 1),
    row(faults.status(302), ModelUnavailable, "http 302", 2),
    row(faults.html, ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("null", b"null"), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("not UTF-8", b"\xff{"), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("deep", b"[" * 99_999), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("huge", b" " * 2_000_001), ModelUnavailable, "response too large", 2),
    row(faults.raw_body("{}", b"{}"), ModelBadOutput, "no choices", 2),
    row(faults.raw_body("odd", b'{"choices":[7]}'), ModelBadOutput, "no choices", 2),
    row(
        faults.raw_body("odd 2", b'{"choices":[{"message":7}]}'), ModelBadOutput, "empty content", 2
    ),
    row(faults.error_object(502), ModelUnavailable, "provider error 502", 2),
    row(faults.error_object(429), ModelRateLimited, "provider error 429", 2),
    row(faults.error_object("408"), ModelTimeout, "provider error 408", 2),
    row(faults.error_object(400), ModelRefused, "provider error 400", 1),
    row(faults.error_object(403), ModelRefused, "provider error 403", 1),
    row(faults.error_object(None), ModelUnavailable, "provider error", 2),
    row(faults.error_object("overloaded"), ModelUnavailable, "provider error", 2),
    row(faults.no_choices, ModelBadOutput, "no choices", 2),
    row(faults.no_content, ModelBadOutput, "empty content", 2),
    row(faults.null_content, ModelBadOutput, "empty content", 2),
    row(faults.empty_content, ModelBadOutput, "empty content", 2),
    row(faults.blank_content, ModelBadOutput, "empty content", 2),
    row(faults.finish("length"), ModelBadOutput, "finish length", 2),
    row(faults.finish("error"), ModelUnavailable, "finish error", 2),
    row(faults.finish("content_filter"), ModelRefused, "the model declines", 1),
    row(faults.refusal(), ModelRefused, "the model declines", 1),
    row(faults.prose_only, ModelBadOutput, "no JSON in the answer", 2),
    row(faults.truncated, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.not_a_number, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.wrong_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.missing_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.extra_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.duplicate_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.out_of_range, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.strings_for_numbers, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.wrong_language, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.names_the_profession("Perawat"), ModelBadOutput, "answer breaks the rules", 2),
    row(faults.stream_without_finish, ModelUnavailable, "no JSON in the response", 2),
    row(faults.stream_error, ModelUnavailable, "no JSON in the response", 2),
    row(faults.stream_without_end, ModelTimeout, "attempt timeout", 2),
    row(faults.stream_reset, ModelUnavailable, "connection failed", 2),
]
FORGIVEN = [
    faults.good,
    faults.fenced,
    faults.in_prose,
    faults.python_literals,
    faults.finish(None),
    faults.latency(0.1),
    faults.no_usage,
]
RETRIED = [pytest.param(p.values[0], id=p.id) for p in FAILING if p.values[3] == 2]


class TestFaults:
    @pytest.mark.parametrize(("fault", "error", "reason", "attempts"), FAILING)
    async def test_that_goes_on(
        self,
        sim: OpenRouterSim,
        model: OpenRouterModel,
        fault: Behaviour,
        error: type[ModelError],
        reason: str,
        attempts: int,
    ) -> None:
        sim.always(PURPOSE, fault)
        raised = await failure(model, a_request())
        assert (type(raised), raised.reason, raised.attempts) == (error, reason, attempts)
        assert sim.count(PURPOSE) == attempts
        assert sim.wait_idle()

    @pytest.mark.parametrize("fault", RETRIED)
    async def test_that_a_retry_survives(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.script(PURPOSE, fault)
        answered = await success(model, a_request())
        assert answered.attempts == sim.count(PURPOSE) == 2

    @pytest.mark.parametrize("fault", FORGIVEN, ids=str)
    async def test_that_is_forgiven(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        answered = await success(model, a_request())
        assert answered.attempts == sim.count(PURPOSE) == 1
        assert [score.key for score in answered.value.scores] == ["C01", "C02", "C03"]

    async def test_nobody_listens(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.refuse_connections()
        try:
            raised = await failure(model, a_request())
        finally:
            sim.accept_connections()
        assert (type(raised), raised.reason) == (ModelUnavailable, "connection failed")
        assert (raised.attempts, sim.count()) == (2, 0)

    async def test_another_model_answers(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.wrong_model("other/model"))
        assert (await success(model, a_request())).model == "other/model"

    async def test_the_answer_names_no_model(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.envelope("no model", lambda made: made.pop("model")))
        assert (await success(model, a_request())).model == PRIMARY


class TestTheRequest:
    async def test_body_and_headers(self, sim: OpenRouterSim) -> None:
        changes = {"models": (PRIMARY, "sim/b", "sim/c"), "site_url": "https://kd.example"}
        request = a_request(user="u-1")
        async with a_model(sim, app_name="Kenali Diri", **changes) as model:
            await success(model, request)
        (call,) = sim.calls
        assert call.body == {
            "model": PRIMARY,
            "models": ["sim/b", "sim/c"],
            "messages": [
                {"role": "system", "content": "Nilai."},
                {"role": "user", "content": PROMPT},
            ],
            "temperature": 0.0,
            "max_tokens": 400,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": PURPOSE, "strict": True, "schema": request.schema},
            },
            "provider": {"require_parameters": True},
            "usage": {"include": True},
            "user": "u-1",
        }
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert call.headers["http-referer"] == "https://kd.example"
        assert call.headers["x-title"] == "Kenali Diri"

    async def test_what_is_not_set_is_not_sent(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await success(model, a_request())
        (call,) = sim.calls
        assert not {"models", "user"} & call.body.keys()
        assert not {"http-referer", "x-title"} & call.headers.keys()

    async def test_a_lone_surrogate_is_no_crash(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await success(model, a_request(messages=(Message("user", "pola \ud800 ünik"),)))
        assert sim.calls[0].body["messages"][0]["content"] == "pola ? ünik"

    async def test_connections_are_kept(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        for _ in range(3):
            await success(model, a_request())
        assert len(model._client._transport._pool.connections) == 1  # type: ignore[attr-defined]

    @pytest.mark.parametrize("key", ["sk-é", "sk-a\nb", " sk-a"])
    def test_a_key_that_no_header_carries(self, key: str) -> None:
        with pytest.raises(ValueError, match="api_key has") as caught:
            OpenRouterConfig(base_url="http://x", api_key=key, models=(PRIMARY,))
        assert key not in repr(caught.value)

    def test_keys_are_not_in_the_configuration_text(self) -> None:
        config = OpenRouterConfig(
            base_url="http://x", api_key=KEY, api_key_next=NEXT_KEY, models=(PRIMARY,)
        )
        assert KEY not in repr(config)
        assert NEXT_KEY not in repr(config)


class TestAttempts:
    @pytest.mark.parametrize("most", [1, 2, 3])
    async def test_never_more_than_asked(
        self, sim: OpenRouterSim, model: OpenRouterModel, most: int
    ) -> None:
        sim.always(PURPOSE, faults.status(503))
        raised = await failure(model, a_request(max_attempts=most))
        assert raised.attempts == sim.count(PURPOSE) == most

    async def test_usage_of_all_attempts(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.fixed("{}"))
        sim.script(PURPOSE, faults.extra_keys)
        answered = await success(model, a_request(read=_only_empty))
        (first, _second) = sim.calls
        prompt = -(-len("Nilai." + PROMPT) * 2 // 7)
        assert len(first.body["messages"]) == 2
        assert answered.usage.prompt_tokens == 2 * prompt
        assert answered.usage.completion_tokens > 1
        assert answered.usage.cost > 0

    @pytest.mark.parametrize(
        "usage", [None, 7, {"prompt_tokens": "9", "cost": -1}, {"cost": float("nan")}], ids=str
    )
    async def test_odd_usage_counts_nothing(
        self, sim: OpenRouterSim, model: OpenRouterModel, usage: object
    ) -> None:
        sim.always(PURPOSE, faults.envelope("odd", lambda made: made.update(usage=usage)))
        answered = await success(model, a_request())
        assert (answered.usage.prompt_tokens, answered.usage.cost) == (0, 0.0)

    async def test_a_bug_of_the_caller_is_no_bad_output(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        def buggy(_value: object) -> Answer:
            raise TypeError("bug")

        with pytest.raises(TypeError, match="bug"):
            await model.complete(a_request(read=buggy))
        assert sim.count() == 1


def _only_empty(value: object) -> Any:
    if value != {}:
        raise ValueError("not empty")
    return value


class TestTime:
    async def test_the_delay_has_jitter(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.status(503))
        for _ in range(3):
            await failure(model, a_request())
        gaps = [b.started - a.started for a, b in zip(sim.calls[::2], sim.calls[1::2], strict=True)]
        assert all(0.75 * DELAY_S <= gap < DELAY_S + 0.15 for gap in gaps)
        assert len({round(gap, 4) for gap in gaps}) > 1

    async def test_retry_after_in_seconds(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script(PURPOSE, faults.status(429, "0.3"))
        await success(model, a_request())
        first, second = sim.calls
        assert 0.3 <= second.started - first.started < 0.45

    async def test_retry_after_as_a_date(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script(PURPOSE, faults.status(429, faults.in_http_date(2)))
        await success(model, a_request(deadline=Deadline.after(4)))
        first, second = sim.calls
        assert 0.9 <= second.started - first.started < 2.2

    @pytest.mark.parametrize("wait", ["1", "60", "date"])
    async def test_retry_after_beyond_the_deadline_fails_at_once(
        self, sim: OpenRouterSim, model: OpenRouterModel, wait: str
    ) -> None:
        header = faults.in_http_date(60) if wait == "date" else wait
        sim.always(PURPOSE, faults.status(429, header))
        started = time.monotonic()
        raised = await failure(model, a_request())
        assert (type(raised), raised.attempts) == (ModelRateLimited, 1)
        assert time.monotonic() - started < 0.2

    async def test_no_retry_that_could_not_finish(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        raised = await failure(model, a_request(deadline=Deadline.after(ATTEMPT_S + 0.15)))
        assert (type(raised), raised.attempts, sim.count()) == (ModelTimeout, 1, 1)

    async def test_the_deadline_cuts_an_attempt(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.slow_drip())
        raised = await failure(model, a_request(deadline=Deadline.after(0.1)))
        assert (type(raised), raised.reason, raised.attempts) == (ModelTimeout, "deadline", 1)

    async def test_the_deadline_has_passed(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        raised = await failure(model, a_request(deadline=Deadline.after(-0.01)))
        assert (type(raised), raised.attempts, sim.count()) == (ModelTimeout, 0, 0)

    async def test_waiting_for_a_slot_counts(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        async with a_model(sim, max_in_flight=1) as model:
            first = asyncio.create_task(failure(model, a_request(attempt_timeout_s=0.6)))
            await asyncio.to_thread(sim.wait_calls, 1)
            raised = await failure(model, a_request(deadline=Deadline.after(0.2)))
            assert (type(raised), raised.attempts) == (ModelTimeout, 0)
            assert isinstance(await first, ModelTimeout)
        assert sim.count() == 1

    async def test_no_more_in_flight_than_allowed(self, sim: OpenRouterSim) -> None:
        sim.latency = 0.05
        async with a_model(sim, max_in_flight=3) as model:
            await asyncio.gather(*(success(model, a_request()) for _ in range(12)))
        assert (sim.max_in_flight, sim.count()) == (3, 12)

    async def test_the_wait_before_a_retry_holds_no_slot(self, sim: OpenRouterSim) -> None:
        sim.script(PURPOSE, faults.status(429, "0.3"))
        async with a_model(sim, max_in_flight=1) as model:
            first = asyncio.create_task(success(model, a_request()))
            await asyncio.to_thread(sim.wait_calls, 1)
            second = await success(model, a_request())
            assert not first.done()
            assert (second.attempts, (await first).attempts) == (1, 2)

    async def test_cancelled(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.hang_mid_body)
        async with a_model(sim, max_in_flight=1) as model:
            task = asyncio.create_task(model.complete(a_request()))
            await asyncio.to_thread(sim.wait_calls, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(sim.wait_idle)
            assert [call.aborted for call in sim.calls] == [True]
            sim.always(PURPOSE, faults.good)
            await success(model, a_request())


class TestKeys:
    async def test_the_next_key_takes_over_for_good(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            attempts = [(await success(model, a_request())).attempts for _ in range(3)]
        keys = [call.headers["authorization"].split()[1] for call in sim.calls]
        assert attempts == [2, 1, 1]
        assert keys == [KEY, NEXT_KEY, NEXT_KEY, NEXT_KEY]

    async def test_at_once(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY, retry_delay_s=60.0) as model:
            await success(model, a_request())

    async def test_both_are_refused(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset()
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            for attempts in (2, 1):
                raised = await failure(model, a_request(max_attempts=4))
                assert (type(raised), raised.attempts) == (ModelRefused, attempts)
        assert sim.count() == 3

    async def test_calls_under_way_when_the_key_dies(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            answers = await asyncio.gather(*(success(model, a_request()) for _ in range(8)))
        assert {answer.attempts for answer in answers} <= {1, 2}

    async def test_rotation_is_within_the_budget(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            raised = await failure(model, a_request(max_attempts=1))
            assert (raised.attempts, sim.count()) == (1, 1)
            assert (await success(model, a_request())).attempts == 1

    async def test_a_401_inside_a_200(self, sim: OpenRouterSim) -> None:
        sim.script(PURPOSE, faults.error_object(401))
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            assert (await success(model, a_request())).attempts == 2


ECHO = {"note": PROMPT, "scores": [{"key": "JAWABAN-7", "k": KEY, "text": NEXT_KEY}]}


class TestSecrets:
    """Neither key nor prompt nor answer is in a log line or an error."""

    @pytest.mark.parametrize(
        "fault",
        [
            faults.fixed(ECHO),
            faults.fixed(f"{PROMPT} {KEY} JAWABAN-7"),
            faults.fixed(json.dumps(ECHO)[:-20]),
            faults.refusal(f"{PROMPT} {KEY} JAWABAN-7"),
            faults.raw_body("echo", f"{PROMPT} {KEY} JAWABAN-7".encode()),
            faults.raw_body("echo error", json.dumps({"error": ECHO}).encode()),
            faults.raw_body("echo code", json.dumps({"error": {"code": KEY}}).encode()),
            faults.finish(f"{KEY}"),
            faults.status(401),
            faults.status(503),
            faults.reset,
            faults.hang_up_mid_body,
            faults.hang_mid_body,
        ],
        ids=str,
    )
    async def test_stay_secret(
        self, sim: OpenRouterSim, fault: Behaviour, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sim.always(PURPOSE, fault)
        said: list[str] = []
        with capture_logs() as logs:
            async with a_model(sim, api_key_next=NEXT_KEY) as model:
                result = await outcome(model, a_request(max_attempts=3))
        if isinstance(result, ModelError):
            assert (result.__cause__, result.__context__) == (None, None)
            said = [str(result), repr(result), *traceback.format_exception(result)]
        said += [json.dumps(logs), caplog.text]
        for secret in (KEY, NEXT_KEY, "RAHASIA", "menggambar", "JAWABAN-7"):
            assert secret not in "".join(said)


class TestLog:
    async def test_one_event_per_failed_attempt(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.script(PURPOSE, faults.status(503))
        with capture_logs() as logs:
            await success(model, a_request())
        assert logs == [
            {
                "event": "model_attempt_failed",
                "log_level": "warning",
                "purpose": "ikigai_scoring",
                "reason": "http 503",
                "attempt": 1,
            }
        ]


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^C[0-9]{2}$")
    kind: Literal["a", "b"]
    share: float
    count: int = Field(ge=3, lt=5)
    even: int = Field(multiple_of=2, le=9)
    short: str = Field(max_length=5)
    long: str = Field(min_length=200)
    when: datetime
    maybe: "Leaf | None"
    pair: list[bool] = Field(min_length=3, max_length=3)


class TestSimulator:
    """What the other tests lean on."""

    @pytest.mark.parametrize("words", ["satu", "dua", "tiga"])
    def test_default_answers_satisfy_the_schema_and_repeat(self, words: str) -> None:
        body = {
            "messages": [{"role": "user", "content": words}],
            "response_format": {"json_schema": {"name": "x", "schema": Leaf.model_json_schema()}},
        }
        made = schema_answer(body)
        assert schema_answer(body) == made
        leaf = Leaf.model_validate(made)
        assert 0 <= leaf.share <= 1

    def test_one_item_for_each_key(self) -> None:
        body = {"response_format": {"json_schema": {"schema": Answer.model_json_schema()}}}
        made: Any = schema_answer(body)
        assert [score["key"] for score in made["scores"]] == ["C01", "C02", "C03"]

    @pytest.mark.parametrize("fault", [faults.hang_before_headers, faults.hang_mid_body], ids=str)
    async def test_stops_within_a_second_whatever_hangs(self, fault: Behaviour) -> None:
        with OpenRouterSim() as sim:
            sim.always(None, fault)
            async with httpx.AsyncClient(timeout=5) as client:
                posts = [
                    asyncio.create_task(client.post(f"{sim.base_url}/chat/completions", json={}))
                    for _ in range(20)
                ]
                await asyncio.to_thread(sim.wait_calls, 20)
                started = time.monotonic()
                sim.__exit__(None, None, None)
                assert time.monotonic() - started < 1.0
                ended = await asyncio.gather(*posts, return_exceptions=True)
                assert all(isinstance(end, httpx.TransportError) for end in ended)

    async def test_streams(self, sim: OpenRouterSim) -> None:
        sim.answer("chat", lambda body: f"Halo {body['messages'][0]['content']}, apa kabar?")
        body = {"stream": True, "messages": [{"role": "user", "content": "Ayu"}]}
        async with httpx.AsyncClient() as client:
            response = await client.post(f"{sim.base_url}/chat/completions", json=body)
        lines = [line for line in response.text.split("\n") if line]
        assert lines[0].startswith(":")
        assert lines[-1] == "data: [DONE]"
        events = [json.loads(line.removeprefix("data: ")) for line in lines[1:-1]]
        text = "".join(event["choices"][0]["delta"]["content"] for event in events)
        assert text == "Halo Ayu, apa kabar?"
        assert events[-1]["choices"][0]["finish_reason"] == "stop"
        assert events[-1]["usage"]["cost"] > 0

    async def test_records_calls(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script("another", faults.status(500))
        sim.script(None, faults.latency(0.1))
        await success(model, a_request())
        (call,) = sim.calls
        assert (call.purpose, call.aborted, sim.count("another")) == (PURPOSE, False, 0)
        assert call.finished is not None
        assert call.finished - call.started >= 0.1

    def test_what_an_answerer_raises_is_not_lost(self) -> None:
        def broken(_body: object) -> object:
            raise KeyError("bug in a test")

        sim = OpenRouterSim()
        sim.answer(None, broken)
        sim.__enter__()
        assert httpx.post(f"{sim.base_url}/chat/completions", json={}).status_code == 500
        with pytest.raises(KeyError, match="bug"):
            sim.__exit__(None, None, None)
