"""Reads /metrics as Prometheus would."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of /metrics."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sum of a sample's series that have these labels; 0 when there is none."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def label_values(self, label: str) -> set[str]:
        """Every value that a label has in any series."""
        return {
            sample.labels[label]
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if label in sample.labels
        }
