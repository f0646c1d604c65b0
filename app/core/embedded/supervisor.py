"""The small process that owns postgres: `python -m app.core.embedded.supervisor`.

It is nobody's child and has a session of its own, so neither Ctrl-C nor the death of the command
that started it ends it. It ends when the last lease is gone, when postgres ended, when the data
folder was removed, or when it is asked to (SIGTERM). Needs the standard library only.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback

from app.core.embedded import locks, server
from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.order import Order

GRACE_SECONDS = 0.2  # so that the successive commands of one make target share a cluster
POLL_SECONDS = 0.1
READY = "ready"


def supervise(order: Order, status: int) -> None:
    """Runs the cluster for as long as it has leases; writes `ready` to `status` once it has.

    On return the lease lock is held exclusively (unless postgres ended by itself): a command that
    comes now waits until this process is gone, then starts a new one.
    """
    stop = _StopRequest()
    lease = locks.open_file(order.placement.lease_lock)
    with server.running(order) as postgres:
        _report(status, READY)
        while not stop.asked and _has_purpose(postgres, order, lease):
            time.sleep(POLL_SECONDS)


def main() -> int:
    """Arguments: the order as JSON, the supervisor lock's descriptor, the status pipe's.

    The lock's descriptor is only kept: it ends with this process.
    """
    order = Order.from_json(sys.argv[1])
    lock, status = int(sys.argv[2]), int(sys.argv[3])
    os.set_inheritable(lock, False)
    os.set_inheritable(status, False)
    if os.fork():  # the command waits for this half only, so it never owns a zombie
        os._exit(0)
    os.umask(0o077)
    try:
        supervise(order, status)
    except EmbeddedPostgresError as error:
        _report(status, str(error))
        return 1
    except Exception:
        traceback.print_exc()  # standard error is the log
        _report(status, f"the supervisor of PostgreSQL failed; see {order.placement.log_file}")
        return 1
    return 0


class _StopRequest:
    """SIGTERM and its like end the supervisor in good order, leases or not."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def _has_purpose(postgres: subprocess.Popen[str], order: Order, lease: int) -> bool:
    if postgres.poll() is not None or not locks.is_current(lease, order.placement.lease_lock):
        return False
    if not locks.hold(lease, locks.EXCLUSIVE):
        return True
    locks.let_go(lease)
    time.sleep(GRACE_SECONDS)
    return not locks.hold(lease, locks.EXCLUSIVE)


def _report(status: int, text: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # the command was killed meanwhile
        os.write(status, f"{text}\0".encode())


if __name__ == "__main__":
    sys.exit(main())
