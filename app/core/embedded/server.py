"""The cluster itself: makes it, starts it, waits for it, stops it. Used by the supervisor only."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from app.core.embedded import leftovers
from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.order import Order
from app.core.embedded.placement import make_home
from app.core.process import set_parent_death_signal

READY_SECONDS = 50.0  # recovery after a crash included
FAST_STOP_SECONDS = 10.0
IMMEDIATE_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.005
_CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
# macOS had no C.UTF-8 for long; C sorts the same way.
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "C"
_SETTINGS = {
    "listen_addresses": "",  # no TCP: whoever can enter the 0700 home is trusted
    "max_connections": "100",
    "jit": "off",  # on tables that were never analysed it compiles for 300 ms a query
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # the detail of an error may be the failing row
    "log_min_error_statement": "panic",  # and the statement what a person wrote
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextlib.contextmanager
def running(order: Order) -> Iterator[subprocess.Popen[str]]:
    """A postgres that accepts connections, as a child of the calling thread; stopped on leaving.

    Call it from the main thread: the kernel ties the child's life to the thread that started it.
    Raises EmbeddedPostgresError when the cluster cannot be made or does not come up.
    """
    make_home(order.placement)
    alive = leftovers.take_over(order.placement)
    try:
        if order.placement.pgdata.exists():
            _check_version(order)
        else:
            _initialise(order, alive)
        server = _start(order, alive)
    finally:
        os.close(alive)  # from here on only postgres and its children hold it
    try:
        _wait_until_ready(server, order)
        yield server
    finally:
        _stop(server)


def _check_version(order: Order) -> None:
    made_by = (order.placement.pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
    with _spawn(order, "postgres", "--version", output=subprocess.PIPE) as program:
        words = program.communicate()[0].split()  # postgres (PostgreSQL) 18.6
    found = words[2] if len(words) > 2 else "of an unknown version"
    if found.partition(".")[0] != made_by.partition(".")[0]:
        raise EmbeddedPostgresError(
            f"the data in {order.placement.pgdata} was made by PostgreSQL {made_by}, but"
            f" {order.bin_dir} holds PostgreSQL {found}. `make clean` forgets the data and starts"
            f" anew; to keep it, point PG_BIN at a PostgreSQL {made_by}."
        )


def _initialise(order: Order, alive: int) -> None:
    """Into a sibling that is renamed when complete: a half cluster never has the real name."""
    making = leftovers.half_made(order.placement)
    options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", f"--locale={_LOCALE}")
    quick = ("--no-sync", "--no-instructions")
    pipe = subprocess.PIPE
    with _spawn(
        order, "initdb", "-D", str(making), *options, *quick, output=pipe, inherited=(alive,)
    ) as program:
        output = program.communicate()[0]
    if program.returncode:
        raise EmbeddedPostgresError(f"initdb failed in {making}: {output.strip()[-1000:]}")
    making.rename(order.placement.pgdata)


def _start(order: Order, alive: int) -> subprocess.Popen[str]:
    settings = _SETTINGS if order.durable else _SETTINGS | _NOT_DURABLE
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    home, pgdata = str(order.placement.home), str(order.placement.pgdata)
    return _spawn(order, "postgres", "-D", pgdata, "-k", home, *options, inherited=(alive,))


def _wait_until_ready(server: subprocess.Popen[str], order: Order) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(server, order):
        if server.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL did not start; the end of {order.placement.log_file} says:\n"
                + "\n".join(_last_lines(order))
            )
        time.sleep(_POLL_SECONDS)


def _is_ready(server: subprocess.Popen[str], order: Order) -> bool:
    """postmaster.pid: the first line is the pid, the eighth the state."""
    with contextlib.suppress(OSError):
        text = (order.placement.pgdata / "postmaster.pid").read_text(encoding="utf-8")
        lines = [line.strip() for line in text.splitlines()]
        return len(lines) >= 8 and lines[0] == str(server.pid) and lines[7] == "ready"
    return False


def _last_lines(order: Order) -> list[str]:
    with contextlib.suppress(OSError):
        text = order.placement.log_file.read_text(encoding="utf-8", errors="replace")
        return text[-2000:].splitlines()[-8:]
    return []


def _stop(server: subprocess.Popen[str]) -> None:
    """Fast shutdown, then immediate, then none of postgres's own: it must end."""
    for request, seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
    ):
        server.send_signal(request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return
    server.kill()
    server.wait()


def _spawn(
    order: Order,
    program: str,
    *arguments: str,
    output: int | None = None,
    inherited: tuple[int, ...] = (),
) -> subprocess.Popen[str]:
    """A program of PostgreSQL as the account, in a clean environment, dying with us.

    `output` None writes to the supervisor's log. The user changes before preexec_fn runs, as the
    parent death signal requires.
    """
    account = order.placement.account
    return subprocess.Popen(  # noqa: S603 - programs from find_binaries, no shell
        [order.bin_dir / program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=_CLEAN_ENVIRONMENT,
        pass_fds=inherited,
        user=account.uid if account.demote else None,
        group=account.gid if account.demote else None,
        extra_groups=[] if account.demote else None,
        preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
    )


def _die_with(supervisor: int) -> Callable[[], None]:
    def arm() -> None:
        set_parent_death_signal(signal.SIGINT)
        if os.getppid() != supervisor:  # it died before the signal was armed
            os._exit(1)

    return arm
