"""An assessment as the context of a conversation, and that context in a line. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from app.career_profile.decimals import exact, round_half_up
from app.career_profile.riasec.hexagon import LETTERS
from app.chat.assessment.about import CHALLENGES, STRATEGIES, STRENGTHS, labelled, one_line
from app.chat.assessment.assessment import Assessment, Persona

SHOWN_SCORES: Final = 3
OCEAN: Final = ("O", "C", "E", "A", "N")


def rescaled(score: int, lowest: int, highest: int) -> int:
    """A score of an instrument on 0 to 100, half up."""
    return int(round_half_up(exact(100 * (score - lowest)) / (highest - lowest), 0))


def persona_of(
    code: str,
    title: str,
    description: str,
    strengths: Iterable[str],
    challenges: Iterable[str],
    strategies: Iterable[str],
) -> Persona:
    """The person in words, from the texts of their code."""
    lists = {STRENGTHS: strengths, CHALLENGES: challenges, STRATEGIES: strategies}
    lines = [
        labelled(label, texts) for label, sentences in lists.items() if (texts := [*sentences])
    ]
    named = f"{code} ({title})." if title and title != code else f"{code}."
    return Persona(" ".join([named, one_line(description)]).strip(), "\n".join(lines))


def build_context(assessment: Assessment) -> dict[str, Any]:
    """What the advisor knows of the person; null where nothing is known.

    `fitCheck` is there for a fit check only.
    """
    at = assessment.completed_at.astimezone(UTC).replace(microsecond=0)
    context = {
        "riasec": {letter.value: assessment.riasec[letter] for letter in LETTERS},
        "ocean": _plain(assessment.ocean),
        "viaIs": _plain(assessment.via_is),
        "personaProfile": _persona(assessment),
        "assessmentDate": at.isoformat().replace("+00:00", "Z"),
        "assessment_id": assessment.assessment_id,
        "ikigai": _ikigai(assessment),
    }
    if (verdict := assessment.fit_check) is not None:
        context["fitCheck"] = {
            "profession": verdict.profession,
            "category": verdict.category,
            "label": verdict.label,
            "meaning": verdict.meaning,
        }
    return context


def for_model(context: Mapping[str, Any]) -> dict[str, Any]:
    """Of a context what a model may read: no id, and nothing about what is unknown."""
    return {name: part for name, part in context.items() if name != "assessment_id" and part}


def summary_line(context: Mapping[str, Any]) -> str:
    """ "RIASEC (I: 92, R: 85, A: 78), Career Profile: Available": the highest three of each, parts
    without data left out; "" when nothing is known.
    """
    parts = [
        _top("RIASEC", context.get("riasec"), [letter.value for letter in LETTERS]),
        _top("Big Five", context.get("ocean"), OCEAN),
        "Career Profile: Available" if context.get("personaProfile") else "",
    ]
    return ", ".join(part for part in parts if part)


def _top(label: str, scores: object, order: Sequence[str]) -> str:
    if not isinstance(scores, Mapping):
        return ""
    known = [name for name in order if _is_score(scores.get(name))]
    best = sorted(known, key=lambda name: -scores[name])[:SHOWN_SCORES]
    listed = ", ".join(f"{name}: {scores[name]:g}" for name in best)
    return f"{label} ({listed})" if listed else ""


def _is_score(value: object) -> bool:
    """0 to 100: a context that the person's app wrote may hold anything, numbers too large to be
    written out included.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _plain(scores: Mapping[str, int] | None) -> dict[str, int] | None:
    return dict(scores) if scores else None


def _persona(assessment: Assessment) -> dict[str, str] | None:
    persona = assessment.persona
    if persona is None:
        return None
    return {"summary": persona.summary, "details": persona.details}


def _ikigai(assessment: Assessment) -> dict[str, Any] | None:
    ikigai = assessment.ikigai
    if ikigai is None:
        return None
    return {
        "summary": dict(ikigai.summary),
        "top_professions": [
            {
                "name": item.name,
                "match_percentage": item.match_percentage,
                "reason": item.reason,
            }
            for item in ikigai.top_professions
        ],
    }
