"""Which HTTP transport the model gateway uses: CPU per call and wall time, with and without TLS.

    python -m bench.transport [--repeat 3] [--json FILE]

Client and simulator are separate processes. The client keeps N calls in flight for ROUNDS rounds
after one round of warming up; the simulator answers each after LATENCY_S. The figures are the
client's: its CPU time by call, the time of a call above the simulator's latency (median, p99),
and the wall time of a round. `gateway`, at 500 in flight, is the whole adapter over the transport
it uses: prompt to JSON, answer parsed; its CPU is also given call by call (p99). httpx2 and
httpx-aiohttp take part where they are installed.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.transport_clients import CLIENTS, Figures

IN_FLIGHT = (50, 200, 800)
ROUNDS = 4
LATENCY_S = 1.0
OVERHEAD_IN_FLIGHT = 500
TRANSPORTS = [name for name in CLIENTS if name != "gateway"]
Row = dict[str, Any]


def run_client(name: str, url: str, in_flight: int, ca_file: str | None) -> Row | None:
    """The figures of one run in a process of its own; None when its library is not installed."""
    command = [sys.executable, "-m", "bench.transport", "--client", name, "--url", url]
    environment = {**os.environ, **({"SSL_CERT_FILE": ca_file} if ca_file else {})}
    done = subprocess.run(
        [*command, "--in-flight", str(in_flight)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def measure(repeat: int) -> list[Row]:
    """Every client at every number of calls in flight, plain and over TLS, `repeat` times."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for scheme in ("http", "https"):
            ca_file = str(Path(folder) / "ca.pem") if scheme == "https" else None
            for in_flight in (*IN_FLIGHT, OVERHEAD_IN_FLIGHT):
                names = ["gateway"] if in_flight == OVERHEAD_IN_FLIGHT else TRANSPORTS
                for name in names:
                    rows += _repeated(name, scheme, in_flight, ca_file, repeat)
    return rows


def _repeated(
    name: str, scheme: str, in_flight: int, ca_file: str | None, repeat: int
) -> list[Row]:
    found = []
    for _ in range(repeat):
        with Simulator(ca_file) as url:
            row = run_client(name, url, in_flight, ca_file)
        if row is not None:
            found.append({"client": name, "scheme": scheme, "in_flight": in_flight, **row})
    if found:
        print(_line(found), flush=True)
    return found


def _line(rows: list[Row]) -> str:
    """Median and range of the repetitions."""
    head = f"{rows[0]['client']:14} {rows[0]['scheme']:5} {rows[0]['in_flight']:4}"
    parts = []
    for name in ("cpu_ms", "above_p50_ms", "above_p99_ms", "wall_s", "cpu_p99_ms"):
        values = [row[name] for row in rows if name in row]
        if values:
            middle = statistics.median(values)
            parts.append(f"{name} {middle:7.2f} ({min(values):.2f}-{max(values):.2f})")
    return f"{head}  " + "  ".join(parts)


class Simulator:
    """The model simulator in a process of its own; the block gets its base URL."""

    def __init__(self, ca_file: str | None) -> None:
        self._command = [sys.executable, "-m", "tests.support.openrouter_sim", "--latency"]
        self._command += [str(LATENCY_S), *(["--tls", ca_file] if ca_file else [])]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def drive(call: Callable[[], Awaitable[None]], in_flight: int, figures: Figures) -> Row:
    """Keep `in_flight` calls under way for ROUNDS rounds after one of warming up."""
    await asyncio.gather(*(call() for _ in range(in_flight)))
    figures.clear()
    took: list[float] = []

    async def worker() -> None:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await call()
            took.append(time.perf_counter() - started)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    took.sort()
    row: Row = {
        "cpu_ms": 1000 * cpu / len(took),
        "above_p50_ms": 1000 * (took[len(took) // 2] - LATENCY_S),
        "above_p99_ms": 1000 * (took[int(0.99 * len(took))] - LATENCY_S),
        "wall_s": wall / ROUNDS,
    }
    if figures:
        # What ran outside of the calls' own steps (sockets, parsing of HTTP) is shared evenly.
        share = (cpu - sum(figures)) / len(figures)
        row["cpu_p99_ms"] = 1000 * (share + sorted(figures)[int(0.99 * len(figures))])
    return row


async def client(name: str, url: str, in_flight: int) -> None:
    figures: Figures = []
    async with CLIENTS[name](url, figures) as call:
        print(json.dumps(await drive(call, in_flight, figures)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--client", choices=CLIENTS, help="internal: one run in this process")
    parser.add_argument("--url")
    parser.add_argument("--in-flight", type=int)
    options = parser.parse_args()
    if options.client:
        import uvloop  # the server's event loop

        uvloop.run(client(options.client, options.url, options.in_flight))
        return
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    rows = measure(options.repeat)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
