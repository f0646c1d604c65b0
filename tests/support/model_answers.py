"""Good answers to the career profile's questions, for the simulator to give."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.career_profile.ikigai.canary import load_canaries
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_answers import schema_answer

DIMENSIONS = (
    "what_you_love",
    "what_you_are_good_at",
    "what_the_world_needs",
    "what_you_can_be_paid_for",
)
LABELS = {
    "Apa yang Kamu Sukai": "what_you_love",
    "Apa yang Kamu Kuasai": "what_you_are_good_at",
    "Apa yang Dibutuhkan Dunia": "what_the_world_needs",
    "Apa yang Bisa Menghidupimu": "what_you_can_be_paid_for",
}
NARRATIVE = (
    "Kamu bisa menikmati hari yang penuh teka-teki kecil dan melihat hasilnya dipakai orang lain."
    " Pelan-pelan kamu belajar cara baru yang membuat pekerjaan terasa lebih ringan dan berarti."
)
SUMMARY = "Kamu bercerita dengan jujur tentang hal yang kamu sukai. Ceritamu terasa hidup."
REASON = "Ceritamu dekat dengan kegiatan sehari-hari di sini. Minatmu juga searah dengannya."
ABOUT = (
    "Kamu paling hidup ketika ada hal yang bisa kamu cari tahu sendiri. Teman-temanmu tahu kamu"
    " sabar dan jujur. Kadang kamu lupa bercerita tentang apa yang kamu pikirkan. Tempat yang"
    " tenang membuatmu bertumbuh."
)

CANARIES = frozenset(item.name for item in load_canaries())
UNFIT = {"k": 0, "s": 0, "b": 0}

SubScores = Mapping[str, object]
ScoreTable = Callable[[str, str], SubScores]


def answer_well(sim: OpenRouterSim, scores: ScoreTable | None = None) -> None:
    """Make the simulator answer every purpose as a good model would.

    `scores(dimension, profession name)` gives the sub-scores of a candidate.
    """
    sim.answer("ikigai_content", good_content)
    sim.answer("ikigai_scoring", scoring(scores or (lambda _d, _n: {"k": 0.5, "s": 0.5, "b": 0.5})))
    sim.answer("recommendation_narrative", good_narrative)
    sim.answer("riasec_personality", lambda _body: {"about": ABOUT})


def asked_ids(body: Mapping[str, Any]) -> list[int]:
    """Profession ids that the request's strict schema asks for."""
    text = json.dumps(body["response_format"]["json_schema"]["schema"])
    found = re.search(r'"profession_id": \{"type": "integer", "enum": \[([0-9, ]*)\]', text)
    assert found is not None
    return [int(part) for part in found.group(1).split(",")]


def good_content(body: Mapping[str, Any]) -> object:
    return {
        "professions": [
            {"profession_id": pid, **dict.fromkeys(DIMENSIONS, NARRATIVE)}
            for pid in asked_ids(body)
        ]
    }


def good_narrative(body: Mapping[str, Any]) -> object:
    return {
        "summaries": dict.fromkeys(DIMENSIONS, SUMMARY),
        "reasons": [{"profession_id": pid, "reason": REASON} for pid in asked_ids(body)],
    }


def candidates_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidates of a scoring prompt, in its order."""
    text = body["messages"][-1]["content"]
    listed, _ = json.JSONDecoder().raw_decode(text[text.index("[") :])
    found: list[dict[str, Any]] = listed
    return found


def dimension_of(body: Mapping[str, Any]) -> str:
    first_line = body["messages"][-1]["content"].splitlines()[0]
    return LABELS[first_line.removeprefix("Dimensi: ")]


def scoring(scores: ScoreTable) -> Callable[[Mapping[str, Any]], object]:
    def answer(body: Mapping[str, Any]) -> object:
        dimension = dimension_of(body)
        return {
            "scores": [
                {"key": item["key"], **_judged(scores, dimension, item["nama"])}
                for item in candidates_of(body)
            ]
        }

    return answer


def _judged(scores: ScoreTable, dimension: str, name: str) -> SubScores:
    """No good model finds an invented occupation relevant."""
    return UNFIT if name in CANARIES else scores(dimension, name)


def schema_scores(body: Mapping[str, Any]) -> object:
    """The scores that the schema allows, by lot, as a model gives them that follows no orders."""
    drawn: Any = schema_answer(body)
    canaries = {item["key"] for item in candidates_of(body) if item["nama"] in CANARIES}
    return {
        "scores": [
            {**entry, **(UNFIT if entry["key"] in canaries else {})} for entry in drawn["scores"]
        ]
    }
