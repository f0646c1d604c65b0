"""How the tests of the expansion make catalogues, run it, and read what comes out."""

from collections.abc import Iterable

from app.career_profile.riasec.expansion import CodedProfession, Expansion, expand
from app.career_profile.riasec.hexagon import all_codes
from app.career_profile.riasec.scoring import Classification, CodeType

CONTINUE_BELOW = 15
OPPOSITE = ("RS", "SR", "IE", "EI", "AC", "CA")
TYPE_OF_LENGTH = {1: CodeType.SINGLE, 2: CodeType.DUAL, 3: CodeType.TRIPLE}
ALL_CODES = all_codes()


def profile(code: str) -> Classification:
    return Classification(code, TYPE_OF_LENGTH[len(code)], code[:2] in OPPOSITE)


def profession(profession_id: int, code: str) -> CodedProfession:
    return CodedProfession(profession_id, ALL_CODES.index(code) + 1, code)


def one_of_each(codes: Iterable[str] = ALL_CODES) -> list[CodedProfession]:
    """A catalogue with one profession per code; ids count against the Holland order."""
    return [profession(500 - place, code) for place, code in enumerate(codes)]


def several(code: str, count: int, first_id: int = 1) -> list[CodedProfession]:
    return [profession(first_id + number, code) for number in range(count)]


def run(
    code: str, professions: Iterable[CodedProfession], continue_below: int = CONTINUE_BELOW
) -> Expansion:
    return expand(profile(code), professions, continue_below)


def rows(expansion: Expansion) -> list[tuple[str, int, str, str]]:
    return [
        (item.code, item.tier, item.congruence_type.value, str(item.congruence_score))
        for item in expansion.candidates
    ]


def ids(expansion: Expansion) -> list[int]:
    return [item.profession_id for item in expansion.candidates]
