"""What a run of the fuzzer has sent, seen and found."""

from collections import Counter
from dataclasses import dataclass, field

from schemathesis.engine import events


@dataclass
class Report:
    """`failures` and `errors` are texts for a person; a good run has neither."""

    cases: Counter[str] = field(default_factory=Counter)  # by phase
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)  # by operation
    checks: Counter[str] = field(default_factory=Counter)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.cases.total()

    @property
    def server_errors(self) -> int:
        return sum(count for (_, status), count in self.statuses.items() if status >= 500)

    def succeeded(self) -> set[str]:
        """Operations that were answered 2xx at least once."""
        return {name for name, status in self.statuses if 200 <= status < 300}

    def add(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError):
            self.errors.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.ScenarioFinished):
            self._add_scenario(event)

    def merge(self, other: "Report") -> None:
        self.cases += other.cases
        self.statuses += other.statuses
        self.checks += other.checks
        self.failures |= other.failures
        self.errors += other.errors

    def _add_scenario(self, event: events.ScenarioFinished) -> None:
        recorder = event.recorder
        self.cases[event.phase.value] += len(recorder.interactions)
        for case_id, interaction in recorder.interactions.items():
            operation = recorder.cases[case_id].value.operation.definition.raw["operationId"]
            if interaction.response is None:
                self.errors.append(f"{operation}: no answer")
            else:
                self.statuses[operation, interaction.response.status_code] += 1
        for case_id, checks in recorder.checks.items():
            for check in checks:
                self.checks[check.name] += 1
                if check.failure_info is not None:
                    found = check.failure_info.failure
                    response = recorder.interactions[case_id].response
                    said = "" if response is None else response.content[:500]
                    text = f"{found.message}\n{check.failure_info.code_sample}\n{said!r}"
                    self.failures.setdefault((check.name, str(found.operation), found.title), text)

    def __str__(self) -> str:
        by_status = Counter[int]()
        for (_, status), count in self.statuses.items():
            by_status[status] += count
        lines = [
            f"{self.total} cases: " + _listed(self.cases),
            "answers: " + _listed(by_status),
            f"{self.checks.total()} checks: " + _listed(self.checks),
            f"server errors {self.server_errors}, failures {len(self.failures)},"
            f" errors {len(self.errors)}",
        ]
        lines += [f"FAILED {' | '.join(key)}\n{text}" for key, text in self.failures.items()]
        return "\n".join(lines + [f"ERROR {error}" for error in self.errors])


def _listed(counts: Counter[int] | Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str))
