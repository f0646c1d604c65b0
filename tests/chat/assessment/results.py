"""Results as tests need them: of any code, either form, recommended or checked for fit."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.career_profile.results.fit_check import MATCH_LABELS, FitRule, check_fit
from app.career_profile.results.fit_explanation import explain_fit
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.instrument import FORMS, FormName
from app.chat.assessment.assessment import (
    Assessment,
    FitVerdict,
    Ikigai,
    Persona,
    TopProfession,
)
from app.chat.assessment.context import build_context, persona_of, rescaled
from app.reference.code_texts import CodeText, compose_code_texts
from app.reference.loader import CatalogueEntry, code_sources, demo_catalogue

TOKEN = "3f2b8c1e-5d47-4a90-b6e3-0c9a7f1d2e84"
AT = datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)
LOVED = "Kamu bercerita, “aku betah merapikan tabel penjualan”. Cerita itu petunjuk yang baik."
HOLE = re.compile(
    r"[{}\[\]$]|\b(?:undefined|none|null|nan)\b|  |\b(\w+) \1\b|\( ?\)|“”| [.,!?]|,,|\.\.", re.I
)


@cache
def code_texts() -> Mapping[str, CodeText]:
    return {text.code: text for text in compose_code_texts(code_sources())}


@cache
def catalogue() -> list[CatalogueEntry]:
    return demo_catalogue()


def scores_of(code: str, form: FormName) -> dict[Letter, int]:
    """Raw sums that rank the letters of the code first, in its order, then the rest."""
    limits = FORMS[form]
    rest = [letter for letter in LETTERS if letter.value not in code]
    ranked = [*map(Letter, code), *rest]
    return {letter: limits.letter_max - place for place, letter in enumerate(ranked)}


def persona(code: str) -> Persona:
    text = code_texts()[code]
    lists = (text.lists[name] for name in ("strengths", "challenges", "strategies"))
    return persona_of(code, text.title, text.description, *lists)


def assessment(code: str = "IRA", form: FormName = FormName.FULL, **changes: Any) -> Assessment:
    limits = FORMS[form]
    values: dict[str, Any] = {
        "assessment_id": TOKEN,
        "completed_at": AT,
        "riasec": {
            letter: rescaled(score, limits.letter_min, limits.letter_max)
            for letter, score in scores_of(code, form).items()
        },
        "ocean": None,
        "via_is": None,
        "persona": persona(code),
        "ikigai": None,
        "fit_check": None,
        "is_local": True,
    }
    return Assessment(**{**values, **changes})


def recommended(code: str, form: FormName, names: list[str], loved: str = LOVED) -> Assessment:
    tops = tuple(TopProfession(name, 71.5, f"{name} sejalan dengan minatmu.") for name in names)
    return assessment(code, form, ikigai=Ikigai({"what_you_love": loved}, tops))


def checked(code: str, form: FormName, target: CatalogueEntry) -> Assessment:
    rule = check_fit(code, target.code).rule
    told = explain_fit(rule, code, target.code, target.name)
    verdict = FitVerdict(
        target.name, rule.category.value, MATCH_LABELS[rule.category], told.meaning
    )
    return assessment(code, form, fit_check=verdict)


@cache
def every_result() -> tuple[tuple[str, Assessment], ...]:
    """All 156 codes in both forms: with two professions, one, none, and a fit check of every rule
    that some profession of the catalogue gives.
    """
    return tuple(_every_result())


def _every_result() -> Iterator[tuple[str, Assessment]]:
    names = [entry.name for entry in catalogue()]
    for number, code in enumerate(code_texts()):
        form = FormName.SHORT if number % 2 else FormName.FULL
        for each in FormName:
            pair = [names[number % len(names)], names[(number * 7 + 3) % len(names)]]
            yield code, recommended(code, each, [*dict.fromkeys(pair)])
        yield code, recommended(code, form, [names[(number * 11) % len(names)]], loved="")
        yield code, assessment(code, form)
        yield code, assessment(code, form, persona=None)
        by_rule: dict[FitRule, CatalogueEntry] = {}
        for entry in catalogue()[number % 10 :]:
            by_rule.setdefault(check_fit(code, entry.code).rule, entry)
        for entry in by_rule.values():
            yield code, checked(code, form, entry)


def context_of(found: Assessment) -> dict[str, Any]:
    return build_context(found)
