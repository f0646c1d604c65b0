"""The clients that bench/transport.py compares: each makes one call of the model."""

import importlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from app.core.clock import utc_now
from app.llm.ledger import UsageLedger
from app.llm.measured import MeasuredModel
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.openrouter_wire import request_body
from app.llm.port import CompletionRequest, Deadline, Message, Purpose
from app.llm.transport import make_session

KEYS = [f"C{place:02d}" for place in range(1, 31)]
UNIT = {"type": "number", "minimum": 0, "maximum": 1}
ENTRY = {
    "type": "object",
    "properties": {"key": {"type": "string", "enum": KEYS}, "k": UNIT, "s": UNIT, "b": UNIT},
    "required": ["key", "k", "s", "b"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"scores": {"type": "array", "items": ENTRY}},
    "required": ["scores"],
    "additionalProperties": False,
}
# As long as a scoring prompt over thirty candidates.
PROMPT = "Saya suka menggambar pola dan menghitung bahan. " * 300
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer sim-key"}

Figures = list[float]  # CPU seconds of each call's own steps
Call = Callable[[], Awaitable[None]]
Client = Callable[[str, Figures], AbstractAsyncContextManager[Call]]


def a_request() -> CompletionRequest[object]:
    return CompletionRequest(
        purpose=Purpose.CONTENT,  # the simulator answers it from the schema alone
        messages=(Message("system", "Nilai."), Message("user", PROMPT)),
        schema=SCHEMA,
        read=lambda answer: answer,
        facts=None,
        deadline=Deadline.after(45.0),
        attempt_timeout_s=40.0,
        temperature=0.0,
        max_tokens=1400,
    )


BODY = request_body(a_request(), "sim/model", ())


@asynccontextmanager
async def over(client: Any, url: str) -> AsyncIterator[Call]:
    """POST and read the answer, nothing else."""

    async def call() -> None:
        answer = await client.post(f"{url}/chat/completions", content=BODY, headers=HEADERS)
        assert answer.status_code == 200
        assert len(answer.content) > 1000

    async with client:
        yield call


def few_kept(url: str, _: Figures) -> AbstractAsyncContextManager[Call]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    return over(httpx.AsyncClient(timeout=None, limits=limits), url)


def over_aiohttp(url: str, _: Figures) -> AbstractAsyncContextManager[Call]:
    httpx_aiohttp: Any = importlib.import_module("httpx_aiohttp")

    # 0 is aiohttp's word for no limit; None would be its default of 100.
    return over(
        httpx_aiohttp.HttpxAiohttpClient(timeout=None, limits=httpx.Limits(max_connections=0)), url
    )


@asynccontextmanager
async def over_session(url: str, _: Figures) -> AsyncIterator[Call]:
    """aiohttp itself, as the gateway uses it."""

    async def call() -> None:
        address = f"{url}/chat/completions"
        async with session.post(address, data=BODY, headers=HEADERS) as answer:
            assert answer.status == 200
            assert len(await answer.read()) > 1000

    async with make_session(httpx.create_ssl_context()) as session:
        yield call


def over_httpx2(url: str, _: Figures) -> AbstractAsyncContextManager[Call]:
    httpx2: Any = importlib.import_module("httpx2")

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    return over(httpx2.AsyncClient(timeout=None, limits=limits), url)


@asynccontextmanager
async def gateway(url: str, figures: Figures) -> AsyncIterator[Call]:
    """The model as the service uses it, ledger and metrics included, its CPU call by call."""
    config = OpenRouterConfig(base_url=url, api_key="sim-key", models=("sim/model",))
    adapter = OpenRouterModel(config, observe=UsageLedger(utc_now).record)
    model = MeasuredModel(adapter, "sim/model")

    async def call() -> None:
        await Timed(model.complete(a_request()), figures)

    try:
        yield call
    finally:
        await model.aclose()


class Timed:
    """Awaits a coroutine and notes the CPU time of its steps."""

    def __init__(self, work: Coroutine[Any, Any, object], figures: Figures) -> None:
        assert inspect.iscoroutine(work)
        self._work = work
        self._figures = figures

    def __await__(self) -> Generator[Any, Any, None]:
        spent = 0.0
        step = partial(self._work.send, None)
        while True:
            started = time.thread_time()
            try:
                wanted = step()
            except StopIteration:
                self._figures.append(spent + time.thread_time() - started)
                return
            spent += time.thread_time() - started
            try:
                step = partial(self._work.send, (yield wanted))
            except BaseException as error:
                step = partial(self._work.throw, error)


CLIENTS: dict[str, Client] = {
    "httpx": few_kept,
    "aiohttp": over_session,
    "httpx-aiohttp": over_aiohttp,
    "httpx2": over_httpx2,
    "gateway": gateway,
}
