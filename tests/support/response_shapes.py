"""The fields of every answer and their JSON types, by hand from 6-api.md."""

from typing import Any

from tests.journey.exact import TIME
from tests.support.chat_shapes import CHAT_SHAPES
from tests.support.json_kinds import BOOL, DOCUMENT, HEALTH, INT, NULL, NUMBER, STR, maybe, one_of
from tests.support.player import DIMENSIONS

LETTERS = "RIASEC"

GOAL = one_of("RECOMMENDATION", "FIT_CHECK")
STATUS = one_of("riasec_ongoing", "riasec_completed", "ikigai_ongoing", "completed")
DIMENSION = one_of(*DIMENSIONS)
NEXT_STEP = one_of("riasec_submit", "ikigai_start", "ikigai_dimension", "finalize", "result")
SOURCE = one_of("model", "fallback")
Shape = Any  # a Fitting, [shape of every item], or {key: shape}; "key?" may be absent

START = {
    "session_token": STR,
    "test_goal": GOAL,
    "status": STATUS,
    "form": one_of("short", "full"),
    "question_ids": [INT],
    "total_questions": INT,
    "resumed": BOOL,
    "message": STR,
}
CONTENT = {
    "session_token": STR,
    "status": STATUS,
    "generated_at": TIME,
    "from_cache": BOOL,
    "regenerated": BOOL,
    "total_display_candidates": INT,
    "message": STR,
    "candidates_with_content": [
        {
            "profession_id": INT,
            "profession_name": STR,
            "display_order": INT,
            "congruence_score": NUMBER,
            "dimension_content": dict.fromkeys(DIMENSIONS, STR),
            "content_source": SOURCE,
        }
    ],
}
DIMENSION_SAVED = {
    "session_token": STR,
    "status": one_of("ikigai_ongoing"),
    "dimension_saved": DIMENSION,
    "dimensions_completed": [DIMENSION],
    "dimensions_remaining": [DIMENSION],
    "all_completed": BOOL,
    "next_step": NEXT_STEP,
    "message": STR,
    "support": maybe(STR),
}
BREAKDOWN = {
    "total_score": NUMBER,
    "intrinsic_score": NUMBER,
    "extrinsic_score": NUMBER,
    **{f"score_{name}": NUMBER for name in DIMENSIONS},
}
QUALITY = {
    "fallback_dimensions": [DIMENSION],
    "low_evidence_dimensions": [DIMENSION],
    "narrative_source": SOURCE,
    "note": maybe(STR),
}
COMPLETION = {
    "session_token": STR,
    "status": one_of("completed"),
    "top_2_professions": [{"rank": INT, "profession_id": INT, **BREAKDOWN}],
    "total_professions_evaluated": INT,
    "tie_breaking_applied": BOOL,
    "calculated_at": TIME,
    "message": STR,
    "quality": QUALITY,
    "support": maybe(STR),
}
FIVE_LISTS = {
    "strengths": [STR],
    "challenges": [STR],
    "strategies": [STR],
    "work_environments": [STR],
    "interaction_styles": [STR],
}
RIASEC = {
    "session_token": STR,
    "test_goal": GOAL,
    "status": STATUS,
    "scores": dict.fromkeys(LETTERS, INT),
    "classification_type": one_of("single", "dual", "triple"),
    "is_inconsistent_profile": BOOL,
    "riasec_code_info": {
        "riasec_code": STR,
        "riasec_title": STR,
        "riasec_description": STR,
        **FIVE_LISTS,
    },
    "candidates": [
        {
            "profession_id": INT,
            "riasec_code_id": INT,
            "expansion_tier": INT,
            "congruence_type": STR,
            "congruence_score": NUMBER,
            "display_order": INT,
            "path?": STR,
        }
    ],
    "total_candidates": INT,
    "display_candidates_count": INT,
    "validity_warning": maybe(STR),
    "next_step": one_of("ikigai", "fit_check_result"),
}
PERSON = {"riasec_code": STR, "riasec_title": STR, "top_types": [STR]}
EXPLANATION = {
    "tier": INT,
    "letters": [one_of(*LETTERS)],
    "sub_scores": dict.fromkeys(DIMENSIONS, dict.fromkeys("ksb", maybe(NUMBER))),
    "tiebreak_step": maybe(STR),
    "phrases": [STR],
}
RECOMMENDATION = {
    "session_token": STR,
    "user_first_name": STR,
    "test_completed_at": TIME,
    "riasec_summary": {**PERSON, "total_candidates_found": INT},
    "candidate_profession_names": [{"profession_id": INT, "name": STR}],
    "ikigai_profile_summary": dict.fromkeys(DIMENSIONS, STR),
    "recommended_professions": [
        {
            "rank": INT,
            "profession_id": INT,
            "profession_name": STR,
            "match_percentage": NUMBER,
            "match_reasoning": STR,
            "riasec_alignment": {
                "user_code": STR,
                "profession_code": STR,
                "congruence_type": STR,
                "congruence_score": NUMBER,
            },
            "score_breakdown": BREAKDOWN,
            "explanation": EXPLANATION,
        }
    ],
    "points_awarded": NULL,
    "quality": QUALITY,
    "certainty": one_of("clear", "close"),
}
MATCH = {"match_label": STR, "match_stars": one_of(3, 2, 1)}
FIT_CHECK = {
    "session_token": STR,
    "user_first_name": STR,
    "test_completed_at": TIME,
    "user_riasec": PERSON,
    "target_profession": {
        "profession_id": INT,
        "name": STR,
        "riasec_code": STR,
        "riasec_title": STR,
    },
    "fit_check_result": {
        "match_category": STR,
        **MATCH,
        "rule_type": STR,
        "dominant_letter_same": BOOL,
        "is_adjacent_hexagon": BOOL,
        "match_score": NUMBER,
        "explanation": {
            "meaning": STR,
            "reason_points": [STR],
            "implication": STR,
            "next_steps": [STR],
            "cta_primary": STR,
            "cta_secondary": STR,
            **MATCH,
        },
    },
    "points_awarded": NULL,
}
PERSONALITY = {
    "session_token": STR,
    "riasec_code": STR,
    "riasec_title": STR,
    "top_types": [{"letter": one_of(*LETTERS), "name": STR}],
    "about_code": STR,
    "about_source": SOURCE,
    **FIVE_LISTS,
    "indices": {"consistency": maybe(STR), "differentiation": NUMBER},
}
PROGRESS = {
    "session_token": STR,
    "test_goal": GOAL,
    "status": STATUS,
    "next_step": NEXT_STEP,
    "dimensions_completed": [DIMENSION],
    "dimensions_remaining": [DIMENSION],
    "started_at": TIME,
    "completed_at": maybe(TIME),
}
# By operation and, where they differ, by the name of the recorded example.
SHAPES: dict[str, Shape] = {
    "get_liveness": {"status": one_of("alive"), "timestamp": TIME},
    "get_health": {
        **HEALTH,
        "timestamp": TIME,
        "service": STR,
        "version": STR,
        "dependencies": {"database": HEALTH, "redis": HEALTH, "openrouter": HEALTH},
    },
    "get_chat_health": {
        **HEALTH,
        "timestamp": TIME,
        "service": STR,
        "version": STR,
        "dependencies": {"database": HEALTH, "redis": HEALTH, "openrouter": HEALTH},
    },
    **CHAT_SHAPES,
    "start_recommendation": START,
    "start_fit_check": START,
    "list_riasec_questions": {
        "success": BOOL,
        "message": STR,
        "data": [{"id": STR, "pertanyaan": STR}],
    },
    "get_session_questions": {
        "form": one_of("short", "full"),
        "questions": [{"question_id": INT, "text": STR}],
        "scale": [{"value": INT, "label": STR}],
    },
    "submit_riasec": RIASEC,
    "get_riasec_result": RIASEC,
    "start_ikigai": CONTENT,
    "get_ikigai_content": CONTENT,
    "list_ikigai_dimensions": {
        "dimensions": [{"key": DIMENSION, "label": STR, "question": STR, "helper_text": STR}]
    },
    "submit_ikigai_dimension first_answer": DIMENSION_SAVED,
    "submit_ikigai_dimension fourth_answer_still_working": DIMENSION_SAVED,
    "submit_ikigai_dimension fourth_answer": COMPLETION,
    "finalize_ikigai": COMPLETION,
    "get_ikigai_result": COMPLETION,
    "get_recommendation_result": RECOMMENDATION,
    "get_fit_check_result": FIT_CHECK,
    "get_personality_result": PERSONALITY,
    "get_session_progress": PROGRESS,
    "list_sessions": {"items": [PROGRESS], "next_cursor": maybe(STR)},
    "export_own_data": {"items": [DOCUMENT]},
    "delete_session": {"deleted": INT},
    "delete_own_data": {"deleted": INT},
}
# "More may be added": what was, so that the next member is a decision too.
ADDED: dict[str, dict[str, Shape]] = {
    "get_session_questions": {"session_token": STR, "total_questions": INT},
    "list_ikigai_dimensions": {"dimensions": [{"min_characters": INT, "max_characters": INT}]},
}


def shape_of(operation: str, example: str) -> Shape:
    """What the page names and what was added, for an example of an operation."""
    named = SHAPES.get(f"{operation} {example}") or SHAPES[operation]
    return _merged(named, ADDED.get(operation, {}))


def filled(shape: Shape, found: Any) -> Any:
    """The shape as `exact.assert_same` compares it: lists as long and optional members as found."""
    if isinstance(shape, dict) and isinstance(found, dict):
        present = {key.removesuffix("?"): part for key, part in shape.items()}
        absent = {key[:-1] for key in shape if key.endswith("?")} - found.keys()
        return {
            key: filled(part, found.get(key)) for key, part in present.items() if key not in absent
        }
    if isinstance(shape, list) and isinstance(found, list):
        return [filled(shape[0], item) for item in found]
    return shape


def _merged(shape: Shape, added: Shape) -> Shape:
    if isinstance(shape, list):
        return [_merged(shape[0], added[0])]
    both = {key: _merged(shape[key], part) for key, part in added.items() if key in shape}
    return {**shape, **added, **both}
