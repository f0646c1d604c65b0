"""OpenRouter's chat completions, simulated: a real HTTP server with scripted behaviour.

    with OpenRouterSim() as sim:
        sim.script("ikigai_scoring", faults.status(503), faults.fenced)
        ... call sim.base_url, then look at sim.calls ...

`python -m tests.support.openrouter_sim --latency 1` serves demos and benchmarks.
Behaviours and faults are in `sim_faults`.
"""

import argparse
import asyncio
import copy
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import sim_faults
from tests.support.sim_answers import schema_answer
from tests.support.sim_faults import Behaviour
from tests.support.sim_http import Call, Exchange, Listener
from tests.support.sim_tls import Certificate

Answerer = Callable[[dict[str, Any]], object]


class OpenRouterSim:
    """A model simulator in a thread of its own; every method may be called from any thread.

    `latency` (seconds) comes before every behaviour that does not bring its own. `valid_keys`,
    when set, are the only API keys that are not answered 401. With a certificate it speaks TLS.
    """

    def __init__(
        self, *, latency: float = 0.0, port: int = 0, certificate: Certificate | None = None
    ) -> None:
        self.latency = latency
        self.valid_keys: frozenset[str] | None = None
        self._lock = threading.Condition()
        self._calls: list[Call] = []
        self._in_flight = 0
        self._max_in_flight = 0
        self._scripts: dict[str | None, deque[Behaviour]] = defaultdict(deque)
        self._always: dict[str | None, Behaviour] = {}
        self._answerers: dict[str | None, Answerer] = {}
        self._errors: list[Exception] = []
        tls = certificate.server_context() if certificate else None
        self._scheme = "https" if tls else "http"
        self._listener = Listener(self._serve, port, tls)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.stop()
        if error is None and self._errors:
            raise self._errors[0]

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._listener.port}/api/v1"

    def script(self, purpose: str | None, *behaviours: Behaviour) -> None:
        """Queue behaviours for the next requests of a purpose (None: of any), once each."""
        with self._lock:
            self._scripts[purpose].extend(behaviours)

    def always(self, purpose: str | None, behaviour: Behaviour) -> None:
        """Behave so whenever nothing is queued, until `reset`."""
        with self._lock:
            self._always[purpose] = behaviour

    def answer(self, purpose: str | None, answerer: Answerer) -> None:
        """How the good answers of a purpose are computed from the request's body.

        A text is sent as it is, anything else as JSON. Runs in the simulator's thread; what it
        raises becomes a 500 and is raised again when the simulator closes.
        """
        with self._lock:
            self._answerers[purpose] = answerer

    def reset(self) -> None:
        """Forget scripts, `always`, latency, keys and calls; answerers stay."""
        with self._lock:
            self._scripts.clear()
            self._always.clear()
            self._calls = []
            self._max_in_flight = self._in_flight
            self.latency, self.valid_keys = 0.0, None

    def refuse_connections(self) -> None:
        """Close the listener and every connection, until `accept_connections`."""
        self._listener.refuse()

    def accept_connections(self) -> None:
        self._listener.listen()

    @property
    def calls(self) -> list[Call]:
        """The calls so far in order of arrival, as they are now."""
        with self._lock:
            return [copy.copy(call) for call in self._calls]

    def count(self, purpose: str | None = None) -> int:
        """Requests that arrived, of one purpose or of all."""
        return sum(purpose in (None, call.purpose) for call in self.calls)

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def max_in_flight(self) -> int:
        return self._max_in_flight

    def wait_idle(self, timeout: float = 1.0) -> bool:
        """Wait until no call is under way; whether that came true."""
        return self._wait(lambda: self._in_flight == 0, timeout)

    def wait_calls(self, count: int, timeout: float = 1.0) -> bool:
        """Wait until so many calls have arrived; whether that came true."""
        return self._wait(lambda: len(self._calls) >= count, timeout)

    def _wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        with self._lock:
            return self._lock.wait_for(condition, timeout)

    async def _serve(self, call: Call, writer: asyncio.StreamWriter) -> bool:
        behaviour = self._arrived(call)
        exchange = Exchange(call, writer, self._answer_of(call.purpose))
        delay = self.latency if behaviour.delay is None else behaviour.delay
        try:
            await asyncio.sleep(delay)
            await behaviour.play(exchange)
        except OSError:
            call.aborted = True
            exchange.hang_up()
        except Exception as error:  # noqa: BLE001, RUF100 - raised again by __exit__
            self._errors.append(error)
            await sim_faults.status(500).play(exchange)
        finally:
            self._left(call)
        return exchange.open

    def _arrived(self, call: Call) -> Behaviour:
        with self._lock:
            self._calls.append(call)
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            self._lock.notify_all()
            return self._behaviour(call)

    def _left(self, call: Call) -> None:
        with self._lock:
            call.finished = call.finished or time.monotonic()
            self._in_flight -= 1
            self._lock.notify_all()

    def _behaviour(self, call: Call) -> Behaviour:
        key = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.valid_keys is not None and key not in self.valid_keys:
            return sim_faults.status(401)
        for name in (call.purpose, None):
            if self._scripts[name]:
                return self._scripts[name].popleft()
        return self._always.get(call.purpose) or self._always.get(None) or sim_faults.good

    def _answer_of(self, purpose: str) -> Answerer:
        return self._answerers.get(purpose) or self._answerers.get(None) or schema_answer


def main() -> None:
    """Serve until interrupted; the first line on stdout is the base URL."""
    from tests.support.model_answers import schema_scores

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds before an answer")
    parser.add_argument("--tls", type=Path, help="speak TLS; the certificate goes into this file")
    options = parser.parse_args()
    certificate = Certificate() if options.tls else None
    if certificate is not None:
        options.tls.write_bytes(certificate.pem)
    with OpenRouterSim(latency=options.latency, port=options.port, certificate=certificate) as sim:
        sim.answer("ikigai_scoring", schema_scores)
        print(sim.base_url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
