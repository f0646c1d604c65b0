"""A test that fails while the machine stands still says nothing of the product: it is repeated.

A thread that only sleeps notes when it was woken late: by a machine that gave its cores to others,
or by a full collection of the many objects that a test process holds. A failure without such a
stall stands at once, and so does a third one in a row.
"""

import threading
from collections.abc import Generator
from time import monotonic, sleep

import pytest
from _pytest.runner import runtestprotocol

NAP_S = 0.02
LATE_S = 0.05
TRIES = 3
REPEATED = ("repeated", True)  # a property of the report


class MachineStoodStill(AssertionError):
    """The failure that it was raised from came with a stall."""


class Stalls:
    """`longest_s`: how late the thread was woken at worst since `reset`."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.has_excused = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stalls", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def reset(self) -> None:
        self.longest_s = 0.0

    def _watch(self) -> None:
        while not self._is_over.is_set():
            before = monotonic()
            sleep(NAP_S)
            self.longest_s = max(self.longest_s, monotonic() - before - NAP_S)


STALLS = pytest.StashKey[Stalls]()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.stash[STALLS] = stalls = Stalls()
    stalls.start()


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.stash[STALLS].stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """As pytest's own; of a test that is repeated only the last try is told."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _reports(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _reports(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    stalls = item.session.stash[STALLS]
    tries = 0
    while True:
        tries += 1
        stalls.has_excused = False
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if tries == TRIES or not stalls.has_excused:
            return reports
        item.user_properties[:] = [REPEATED]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Counts, in the summary, what passed when it was repeated."""
    if report.when == "call" and report.passed and REPEATED in report.user_properties:
        return "repeated", "R", "REPEATED"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    yield from _forgiving(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    yield from _forgiving(item)


def _forgiving(item: pytest.Item) -> Generator[None]:
    stalls = item.session.stash[STALLS]
    stalls.reset()
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:
        if stalls.longest_s > LATE_S:
            stalls.has_excused = True
            raise MachineStoodStill(f"for {stalls.longest_s:.2f} s") from error
        raise
