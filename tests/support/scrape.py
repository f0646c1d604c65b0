"""Reads /metrics as Prometheus would."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of /metrics."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sum of a sample's series that have these labels; 0 when there is none."""
        return sum(self.find(name, **labels))

    def find(self, name: str, **labels: str) -> list[float]:
        """The value of each of a sample's series that have these labels."""
        starts = (f"{name}{{", f"{name} ")
        # All that the tests of a process have counted is in the text, and read in 0.05 s.
        series = [line for line in self.text.splitlines() if line.startswith(starts)]
        return [
            sample.value
            for family in text_string_to_metric_families("".join(f"{line}\n" for line in series))
            for sample in family.samples
            if labels.items() <= sample.labels.items()
        ]

    def label_values(self, label: str) -> set[str]:
        """Every value that a label has in any series."""
        return {
            sample.labels[label]
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if label in sample.labels
        }
