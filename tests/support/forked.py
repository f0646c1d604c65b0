"""Commands of the service as processes that need not import it first.

One process imports it, once for all the tests of this one, and each command is a fork of it: what
runs is the command line from its arguments on. To start `python -m app` itself costs 1.5 s of CPU.
"""

import os
from collections.abc import Mapping, Sequence
from multiprocessing import get_context, process
from pathlib import Path
from typing import Final, Protocol

IMPORTED: Final = [
    "app.__main__",
    "app.main",
    "app.cli.serve",
    "app.cli.worker",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
]
_forks = get_context("forkserver")
_forks.set_forkserver_preload(IMPORTED)


class Process(Protocol):
    """The part of `subprocess.Popen` that tests need."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """`python -m app` with these arguments; the environment holds nothing else."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        self._process = _forks.Process(
            target=_run, args=(list(arguments), folder, dict(environment), log)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError("the command did not end")
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run(arguments: list[str], folder: Path, environment: dict[str, str], log: Path) -> None:
    from app.__main__ import main

    # It is the command itself: a worker would end with the parent that multiprocessing tells of.
    vars(process)["_parent_process"] = None
    os.closerange(3, 64)  # one is a pipe that tells of the tests' end, once all have closed it
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    raise SystemExit(main(arguments))
