"""Who does which job: the domains' handlers, registered by the wiring."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.jobs.retrying import MOST_ATTEMPTS

# Called with the job's arguments by name. May run more than once, also twice at a time when a
# worker that seemed dead was not.
Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """`given_up` is called, with the same arguments, after the last attempt has failed."""

    handler: Handler
    most_attempts: int
    given_up: Handler | None


@dataclass(frozen=True, slots=True)
class Periodic:
    """`cron` has five fields, or six with the seconds last; UTC."""

    name: str
    cron: str
    handler: Handler


class Handlers:
    """What a worker can do. A name is registered once and never changes: jobs in the table and
    other releases know it.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.periodic_tasks: dict[str, Periodic] = {}

    def on(
        self,
        task: str,
        handler: Handler,
        *,
        most_attempts: int = MOST_ATTEMPTS,
        given_up: Handler | None = None,
    ) -> None:
        """`handler` does the jobs of this name; what it raises is retried, for a day by default.

        `given_up` tells who waits for the job that it will not be done; at least once: when it
        fails itself, the job runs once more first.
        """
        self._require_new(task)
        self.tasks[task] = Task(handler, most_attempts, given_up)

    def periodic(self, name: str, cron: str, handler: Handler) -> None:
        """Call `handler()` at each tick, once over all processes; a failure waits for the next.

        A tick that nobody was up for is made up for, the last one only.
        """
        self._require_new(name)
        self.periodic_tasks[name] = Periodic(name, cron, handler)

    def _require_new(self, name: str) -> None:
        if name in self.tasks or name in self.periodic_tasks:
            raise ValueError(f"{name} is registered already")
