"""What the scoring of a dimension rested on, kept so that it can be explained and replayed."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.career_profile.decimals import Score
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.relevance import Judgement
from app.core.fields import Output


class Judged(Protocol):
    """A judged dimension as the scorer tells it.

    `model` is None when no model judged. `prompt_version` and `shuffle_seed` are None when no
    model was asked; the seed is the one of the order in which the candidates were first shown.
    """

    @property
    def judgements(self) -> Mapping[int, Judgement]: ...
    @property
    def model(self) -> str | None: ...
    @property
    def prompt_version(self) -> str | None: ...
    @property
    def shuffle_seed(self) -> str | None: ...


class SubScores(Output):
    """k topic fit, s liking, b concreteness, 0 to 1; null where r came alone or was imputed."""

    k: Score | None
    s: Score | None
    b: Score | None


class TracedCandidate(Output):
    profession_id: int
    k: Score | None
    s: Score | None
    b: Score | None


class DimensionTrace(Output):
    """`candidates` in display order; the first three are null where nobody was asked."""

    prompt_version: str | None
    model: str | None
    shuffle_seed: str | None
    candidates: list[TracedCandidate]

    def sub_scores(self, profession_id: int) -> SubScores:
        """Those of a candidate; nulls when it was not scored."""
        found = (item for item in self.candidates if item.profession_id == profession_id)
        return next((SubScores(k=item.k, s=item.s, b=item.b) for item in found), UNKNOWN)


UNKNOWN = SubScores(k=None, s=None, b=None)
Trace = dict[Dimension, DimensionTrace]


def build_trace(judged: Mapping[Dimension, Judged], candidate_ids: Sequence[int]) -> Trace:
    """`candidate_ids` in display order."""
    return {
        name: DimensionTrace(
            prompt_version=judged[name].prompt_version,
            model=judged[name].model,
            shuffle_seed=judged[name].shuffle_seed,
            candidates=[_traced(pid, judged[name].judgements.get(pid)) for pid in candidate_ids],
        )
        for name in DIMENSIONS
    }


def _traced(profession_id: int, judgement: Judgement | None) -> TracedCandidate:
    if judgement is None:
        return TracedCandidate(profession_id=profession_id, k=None, s=None, b=None)
    return TracedCandidate(profession_id=profession_id, k=judgement.k, s=judgement.s, b=judgement.b)
