"""From a Holland code to at most 30 ranked candidate professions. Pure: one lookup feeds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import groupby, permutations, zip_longest

from app.career_profile.decimals import round_half_up
from app.career_profile.riasec.hexagon import all_codes, c_index, holland_key, neighbours
from app.career_profile.riasec.scoring import Classification, CodeType

MAX_CANDIDATES = 30
DISPLAYED = 5
MIN_CANDIDATES = 3

EXACT = Decimal("1.0")
SECOND_TIER_BASE = Decimal("0.85")
PERMUTATION_SPAN = Decimal("0.10")
ADJACENT_SPAN = Decimal("0.05")
TRIPLE_SUBSETS = (("0.80", (0, 1)), ("0.75", (1, 2)), ("0.68", (0, 2)))
DUAL_SUBSETS = ("0.75", "0.68")
DOMINANT = Decimal("0.55")
DOMINANT_PREFIX = Decimal("0.50")
C_INDEX_MAX = 18


class CongruenceType(StrEnum):
    EXACT_MATCH = "exact_match"
    CONGRUENT_PERMUTATION = "congruent_permutation"
    CONGRUENT_ADJACENT = "congruent_adjacent"
    SUBSET_ADJACENT = "subset_adjacent"
    SUBSET_ALTERNATE = "subset_alternate"
    DOMINANT_SINGLE = "dominant_single"


class Strategy(StrEnum):
    FOUR_TIER = "4_tier_expansion"
    SPLIT_PATH = "split_path"


@dataclass(frozen=True, slots=True)
class CodedProfession:
    """A row of the lookup: a profession and the code that it carries."""

    profession_id: int
    riasec_code_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """`path` is "A" or "B" on the split path, else None."""

    profession_id: int
    riasec_code_id: int
    code: str
    tier: int
    congruence_type: CongruenceType
    congruence_score: Decimal
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """The candidates in the order in which they are shown."""

    strategy: Strategy
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """Professions of `code` join at this tier with this score."""

    code: str
    tier: int
    congruence_type: CongruenceType
    score: Decimal
    path: str | None = None


@cache  # there are 156 profiles, as there are codes; so for the rules below
def lookup_codes(profile: Classification) -> tuple[str, ...]:
    """Every code that the expansion may need, minimum rule included, for the one lookup."""
    rules = {rule.code for rule in _rules(profile)}
    starts = {letter for letter, _ in _paths(profile)}
    return tuple(code for code in all_codes() if code in rules or code[0] in starts)


def first_codes(profile: Classification) -> list[str]:
    """Codes of the first tier: when each has `continue_below` professions, no other is needed."""
    return [rule.code for rule in _rules(profile) if rule.tier == 1]


def expand(
    profile: Classification, professions: Iterable[CodedProfession], continue_below: int
) -> Expansion:
    """Rank the candidates of a profile.

    The next tier runs while fewer than `continue_below` candidates (3 to 30) were found.
    `professions` are those of `lookup_codes`, in any order; those of `first_codes` are enough when
    there are `continue_below` of each.
    """
    known = tuple(professions)
    found = _run_tiers(profile, known, continue_below)
    _apply_minimum_rule(profile, known, found)
    ordered = _order(profile, list(found.values()))
    strategy = Strategy.SPLIT_PATH if profile.is_inconsistent else Strategy.FOUR_TIER
    return Expansion(strategy, tuple(ordered[:MAX_CANDIDATES]))


def _run_tiers(
    profile: Classification, known: Sequence[CodedProfession], continue_below: int
) -> dict[int, Candidate]:
    found: dict[int, Candidate] = {}
    by_code: dict[str, list[CodedProfession]] = {}
    for profession in known:
        by_code.setdefault(profession.code, []).append(profession)
    for _, rules in groupby(_rules(profile), key=lambda rule: rule.tier):
        if len(found) >= continue_below:
            break
        for rule in rules:
            for profession in by_code.get(rule.code, ()):
                found.setdefault(profession.profession_id, _candidate(profession, rule))
    return found


def _apply_minimum_rule(
    profile: Classification, known: Sequence[CodedProfession], found: dict[int, Candidate]
) -> None:
    for letter, path in _paths(profile):
        if sum(item.path == path for item in found.values()) >= MIN_CANDIDATES:
            continue
        for profession in known:
            if profession.code[0] == letter:
                rule = _Rule(
                    profession.code, 4, CongruenceType.DOMINANT_SINGLE, DOMINANT_PREFIX, path
                )
                found.setdefault(profession.profession_id, _candidate(profession, rule))


def _candidate(profession: CodedProfession, rule: _Rule) -> Candidate:
    return Candidate(
        profession.profession_id,
        profession.riasec_code_id,
        profession.code,
        rule.tier,
        rule.congruence_type,
        rule.score,
        rule.path,
    )


def _paths(profile: Classification) -> list[tuple[str, str | None]]:
    """First letters of the minimum rule, each with the path that it belongs to."""
    if profile.is_inconsistent:
        return [(profile.code[0], "A"), (profile.code[1], "B")]
    return [(profile.code[0], None)]


@cache
def _rules(profile: Classification) -> tuple[_Rule, ...]:
    """Codes to look up, ascending by tier; an earlier rule wins where two name a profession."""
    if profile.is_inconsistent:
        return tuple(_split_path_rules(profile.code))
    exact = [_Rule(profile.code, 1, CongruenceType.EXACT_MATCH, EXACT)]
    dominant = [_Rule(profile.code[0], 4, CongruenceType.DOMINANT_SINGLE, DOMINANT)]
    if profile.code_type is CodeType.TRIPLE:
        further = [*_congruent_rules(profile.code), *_triple_subsets(profile.code)]
    elif profile.code_type is CodeType.DUAL:
        further = _dual_subsets(profile.code)
    else:
        further = []
    return (*exact, *further, *dominant)


def _congruent_rules(code: str) -> list[_Rule]:
    rules = []
    for letters in permutations(code):
        other = "".join(letters)
        if other != code:
            score = _second_tier(PERMUTATION_SPAN, code, other)
            rules.append(_Rule(other, 2, CongruenceType.CONGRUENT_PERMUTATION, score))
    for place, letter in enumerate(code):
        for neighbour in neighbours(letter):
            if neighbour not in code:
                other = code[:place] + neighbour + code[place + 1 :]
                score = _second_tier(ADJACENT_SPAN, code, other)
                rules.append(_Rule(other, 2, CongruenceType.CONGRUENT_ADJACENT, score))
    return rules


def _second_tier(span: Decimal, code: str, other: str) -> Decimal:
    return round_half_up(SECOND_TIER_BASE + span * c_index(code, other) / C_INDEX_MAX, 2)


def _triple_subsets(code: str) -> list[_Rule]:
    kinds = (
        CongruenceType.SUBSET_ADJACENT,
        CongruenceType.SUBSET_ADJACENT,
        CongruenceType.SUBSET_ALTERNATE,
    )
    return [
        _Rule(code[first] + code[second], 3, kind, Decimal(score))
        for kind, (score, (first, second)) in zip(kinds, TRIPLE_SUBSETS, strict=True)
    ]


def _dual_subsets(code: str) -> list[_Rule]:
    return [
        _Rule(letter, 3, CongruenceType.SUBSET_ADJACENT, Decimal(score))
        for letter, score in zip(code, DUAL_SUBSETS, strict=True)
    ]


def _split_path_rules(code: str) -> list[_Rule]:
    """Two directions instead of the contradictory blend: each letter, then with its neighbours."""
    letters = ((code[0], "A"), (code[1], "B"))
    exact = [_Rule(letter, 1, CongruenceType.EXACT_MATCH, EXACT, path) for letter, path in letters]
    adjacent = [
        _Rule(letter + neighbour, 2, CongruenceType.CONGRUENT_ADJACENT, SECOND_TIER_BASE, path)
        for letter, path in letters
        for neighbour in neighbours(letter)
    ]
    return [*exact, *adjacent]


def _order(profile: Classification, candidates: list[Candidate]) -> list[Candidate]:
    """Tier, score, then the ties; on the split path A and B alternate within a tier and score."""
    candidates.sort(key=lambda item: _sort_key(profile.code, item))
    ordered: list[Candidate] = []
    for _, group in groupby(candidates, key=lambda item: (item.tier, item.congruence_score)):
        members = list(group)
        paths = [[item for item in members if item.path != "B"]]
        paths.append([item for item in members if item.path == "B"])
        for pair in zip_longest(*paths):
            ordered.extend(item for item in pair if item is not None)
    return ordered


def _sort_key(user_code: str, item: Candidate) -> tuple[object, ...]:
    by_prefix = item.congruence_score == DOMINANT_PREFIX
    closeness = (
        (-_shared_first_letters(user_code, item.code), -c_index(user_code, item.code))
        if by_prefix
        else (0, Decimal(0))
    )
    return (
        item.tier,
        -item.congruence_score,
        *closeness,
        holland_key(item.code),
        item.profession_id,
    )


def _shared_first_letters(x: str, y: str) -> int:
    shared = 0
    for a, b in zip(x, y, strict=False):
        if a != b:
            break
        shared += 1
    return shared
