"""The JSON shapes of 5-data.md, key by key, for the tests to fill with their own numbers."""

from typing import Any

Document = dict[str, Any]


def candidate(
    order: int, profession_id: int, code_id: int, tier: int, kind: str, score: float, **path: str
) -> Document:
    return {
        "profession_id": profession_id,
        "riasec_code_id": code_id,
        "expansion_tier": tier,
        "congruence_type": kind,
        "congruence_score": score,
        "display_order": order,
        **path,
    }


def dimension_entry(
    profession_id: int, r_raw: float, r_normalized: float, text: float, click: float, total: float
) -> Document:
    return {
        "profession_id": profession_id,
        "r_raw": r_raw,
        "r_normalized": r_normalized,
        "text_score": text,
        "click_score": click,
        "dimension_total": total,
    }


def params(r_min: float, r_max: float, evaluated: int) -> Document:
    return {"r_min": r_min, "r_max": r_max, "professions_evaluated": evaluated}


def by_dimension(love: Any, good_at: Any, world_needs: Any, paid_for: Any) -> Document:
    return {
        "what_you_love": love,
        "what_you_are_good_at": good_at,
        "what_the_world_needs": world_needs,
        "what_you_can_be_paid_for": paid_for,
    }


def breakdown(
    total: float, intrinsic: float, extrinsic: float, four: tuple[float, float, float, float]
) -> Document:
    return {
        "total_score": total,
        "intrinsic_score": intrinsic,
        "extrinsic_score": extrinsic,
        "score_what_you_love": four[0],
        "score_what_you_are_good_at": four[1],
        "score_what_the_world_needs": four[2],
        "score_what_you_can_be_paid_for": four[3],
    }


def ranked(
    rank: int, profession_id: int, name: str, scores: Document, congruence: float, average: float
) -> Document:
    """An entry of `profession_scores`."""
    return {
        "rank": rank,
        "profession_id": profession_id,
        "profession_name": name,
        "congruence_score": congruence,
        "avg_r_normalized": average,
        **scores,
    }


def top_of_response(rank: int, profession_id: int, scores: Document) -> Document:
    """An entry of `top_2_professions` in the completion."""
    return {"rank": rank, "profession_id": profession_id, **scores}


def alignment(user: str, profession: str, kind: str, score: float) -> Document:
    return {
        "user_code": user,
        "profession_code": profession,
        "congruence_type": kind,
        "congruence_score": score,
    }


def recommended(
    rank: int, profession_id: int, name: str, percentage: float, fit: Document, scores: Document
) -> Document:
    """An entry of `recommended_professions`, with the reason that the simulator writes."""
    return {
        "rank": rank,
        "profession_id": profession_id,
        "profession_name": name,
        "match_percentage": percentage,
        "match_reasoning": reason_for(profession_id),
        "riasec_alignment": fit,
        "score_breakdown": scores,
    }


def admin_top(profession_id: int, name: str, percentage: int) -> Document:
    """An entry of `top_professions`, which the Go admin decodes."""
    return {
        "profession_id": profession_id,
        "profession_name": name,
        "match_percentage": percentage,
        "match_reasoning": reason_for(profession_id),
    }


SUMMARIES = by_dimension(
    "Kamu bercerita soal hal yang membuatmu betah. Ceritamu terasa hidup.",
    "Kamu menunjukkan kecakapan yang sudah terlatih. Contohmu nyata.",
    "Kamu peduli pada orang di sekitarmu. Kepedulianmu punya arah.",
    "Kamu berpikir jernih tentang penghasilan. Rencanamu masuk akal.",
)
ADMIN_NARRATIVES = {
    "love_narrative": SUMMARIES["what_you_love"],
    "good_at_narrative": SUMMARIES["what_you_are_good_at"],
    "world_needs_narrative": SUMMARIES["what_the_world_needs"],
    "paid_for_narrative": SUMMARIES["what_you_can_be_paid_for"],
}


def reason_for(profession_id: int) -> str:
    """What the simulated model says about a profession: two sentences, different for each."""
    return f"Jalan bertanda {profession_id} dekat dengan ceritamu. Minatmu juga searah dengannya."
