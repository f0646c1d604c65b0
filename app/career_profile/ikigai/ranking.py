"""From judgements to dimension scores, totals, ranks and ties. All arithmetic is exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from app.career_profile.decimals import round_half_up
from app.career_profile.ikigai.dimensions import DIMENSIONS, EXTRINSIC, INTRINSIC, Dimension
from app.career_profile.ikigai.relevance import PLACES, Judgement

TEXT_POINTS = Decimal(15)
CLICK_POINTS = Decimal(10)
NEUTRAL = Decimal("0.5")
TIEBREAK_CRITERIA = ("intrinsic_score", "congruence_score", "avg_r_normalized")
LAST_STEP = "profession_id"


class Outcome(StrEnum):
    """How the judgement of a dimension ended."""

    JUDGED = "judged"
    FAILED = "failed"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class DimensionInput:
    """Judgements by profession id; empty unless JUDGED. `selected` is the clicked profession."""

    outcome: Outcome
    judgements: Mapping[int, Judgement]
    selected: int | None


@dataclass(frozen=True, slots=True)
class CandidateScore:
    """r_raw and r_normalized 0 to 1, text_score 0 to 15, click_score 0 to 10; 4 places."""

    profession_id: int
    r_raw: Decimal
    r_normalized: Decimal
    text_score: Decimal
    click_score: Decimal
    dimension_total: Decimal


@dataclass(frozen=True, slots=True)
class DimensionScores:
    """`scores` in display order; r_min and r_max over the judged candidates only."""

    scores: tuple[CandidateScore, ...]
    r_min: Decimal
    r_max: Decimal
    evaluated: int
    imputed: tuple[int, ...]
    low_evidence: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class RankedProfession:
    """Totals of a candidate; `rank` counts from 1."""

    rank: int
    profession_id: int
    total: Decimal
    intrinsic: Decimal
    extrinsic: Decimal
    congruence: Decimal
    avg_r_normalized: Decimal
    by_dimension: Mapping[Dimension, Decimal]


@dataclass(frozen=True, slots=True)
class Ranking:
    """`tied` holds the ids that share the highest total, in display order; empty: no tie."""

    professions: tuple[RankedProfession, ...]
    tied: tuple[int, ...]

    @property
    def top(self) -> tuple[RankedProfession, ...]:
        """The recommended professions: two, or the only one."""
        return self.professions[:2]


def score_dimension(
    candidate_ids: Sequence[int], given: DimensionInput, evidence_floor: Decimal
) -> DimensionScores:
    """Score the candidates (display order) of one dimension.

    r_normalized is min-max over the judged candidates, 0.5 for all when they are equal, when no
    r reaches `evidence_floor` (min-max would stretch noise into a ranking), and when the
    dimension failed or was withheld. A candidate without a judgement counts as r = 0.5.
    """
    judged = {pid: given.judgements[pid].r for pid in candidate_ids if pid in given.judgements}
    if given.outcome is not Outcome.JUDGED or not judged:
        withheld = given.outcome is Outcome.WITHHELD
        neutral = tuple(_score(pid, NEUTRAL, NEUTRAL, given) for pid in candidate_ids)
        return DimensionScores(neutral, NEUTRAL, NEUTRAL, 0, (), withheld, not withheld)
    low, high = min(judged.values()), max(judged.values())
    low_evidence = high < evidence_floor
    scores = tuple(
        _score(
            pid,
            judged.get(pid, NEUTRAL),
            NEUTRAL if low_evidence or pid not in judged else _min_max(judged[pid], low, high),
            given,
        )
        for pid in candidate_ids
    )
    imputed = tuple(pid for pid in candidate_ids if pid not in judged)
    return DimensionScores(scores, low, high, len(judged), imputed, low_evidence, failed=False)


def _min_max(r: Decimal, low: Decimal, high: Decimal) -> Decimal:
    return NEUTRAL if high == low else round_half_up((r - low) / (high - low), PLACES)


def _score(
    profession_id: int, r_raw: Decimal, r_normalized: Decimal, given: DimensionInput
) -> CandidateScore:
    text = round_half_up(TEXT_POINTS * r_normalized, PLACES)
    clicked = profession_id == given.selected
    click = round_half_up(CLICK_POINTS * r_raw, PLACES) if clicked else Decimal(0)
    return CandidateScore(profession_id, r_raw, r_normalized, text, click, text + click)


def rank_professions(
    dimensions: Mapping[Dimension, DimensionScores], congruence: Mapping[int, Decimal]
) -> Ranking:
    """Rank by total, intrinsic, congruence, average r_normalized (descending), then id.

    A tie is two or more candidates sharing the highest total; it is detected before the sort,
    since the sort would hide it.
    """
    by_dimension = {
        name: {score.profession_id: score for score in dimensions[name].scores}
        for name in DIMENSIONS
    }
    order = [score.profession_id for score in dimensions[DIMENSIONS[0]].scores]
    totals = [_total(pid, by_dimension, congruence[pid]) for pid in order]
    highest = max(item.total for item in totals)
    sharing = tuple(item.profession_id for item in totals if item.total == highest)
    ranked = sorted(totals, key=_rank_key)
    return Ranking(
        tuple(replace(item, rank=place) for place, item in enumerate(ranked, start=1)),
        sharing if len(sharing) > 1 else (),
    )


def _total(
    profession_id: int,
    by_dimension: Mapping[Dimension, Mapping[int, CandidateScore]],
    congruence: Decimal,
) -> RankedProfession:
    points = {name: by_dimension[name][profession_id].dimension_total for name in DIMENSIONS}
    normalized = [by_dimension[name][profession_id].r_normalized for name in DIMENSIONS]
    average = round_half_up(sum(normalized, Decimal(0)) / len(DIMENSIONS), PLACES)
    return RankedProfession(
        rank=0,
        profession_id=profession_id,
        total=sum(points.values(), Decimal(0)),
        intrinsic=sum((points[name] for name in INTRINSIC), Decimal(0)),
        extrinsic=sum((points[name] for name in EXTRINSIC), Decimal(0)),
        congruence=congruence,
        avg_r_normalized=average,
        by_dimension=points,
    )


def tiebreak_step(upper: RankedProfession, lower: RankedProfession) -> str | None:
    """The criterion that put one before the other where both have the same total, else None.

    One of TIEBREAK_CRITERIA, or LAST_STEP where all of them are equal too.
    """
    if upper.total != lower.total:
        return None
    steps = zip(TIEBREAK_CRITERIA, _tiebreakers(upper), _tiebreakers(lower), strict=True)
    return next((name for name, one, other in steps if one != other), LAST_STEP)


def _tiebreakers(item: RankedProfession) -> tuple[Decimal, ...]:
    return (item.intrinsic, item.congruence, item.avg_r_normalized)


def _rank_key(item: RankedProfession) -> tuple[Decimal | int, ...]:
    descending = (item.total, *_tiebreakers(item))
    return (*(-value for value in descending), item.profession_id)
