"""The journey with the short form: a triple code, a tie at the top, a dimension without evidence.

Every number below is computed by hand from 2-domain-rules.md.
"""

import pytest

from tests.journey import traces
from tests.journey.contract import JourneyContract
from tests.journey.exact import TEXT, TIME
from tests.journey.numbers import Expected, NumbersContract
from tests.journey.shapes import (
    ADMIN_NARRATIVES,
    SUMMARIES,
    admin_top,
    alignment,
    breakdown,
    by_dimension,
    candidate,
    dimension_entry,
    params,
    ranked,
    recommended,
    top_of_response,
)
from tests.journey.stage import Journey, OwnProfession, Scenario, play
from tests.support.sim_faults import status

# Display order will be 906, 905, 904, 903, 902, 901: the opposite of the ids.
IAS, ISA, IAE, SIA, IA, SINGLE_I = 906, 905, 904, 903, 902, 901
SCENARIO = Scenario(
    form="short",
    model="sim/model",
    catalogue=(
        OwnProfession(SINGLE_I, "Analis Arsip", "I"),
        OwnProfession(IA, "Kurator Naskah", "IA"),
        OwnProfession(SIA, "Pendamping Literasi", "SIA"),
        OwnProfession(IAE, "Perancang Riset", "IAE"),
        OwnProfession(ISA, "Peneliti Sosial", "ISA"),
        OwnProfession(IAS, "Penulis Sains", "IAS"),
        OwnProfession(907, "Teknisi Pabrik", "RCE"),  # no code of the expansion
        OwnProfession(908, "Pekerja Lepas", None),
    ),
    # R 2+1=3, I 5+4=9, A 4+4=8, S 4+3=7, E 2+2=4, C 1+1=2; total 33, above the warning at 25.
    sheet={"R": (2, 1), "I": (5, 4), "A": (4, 4), "S": (4, 3), "E": (2, 2), "C": (1, 1)},
    selected=by_dimension(IAE, None, SINGLE_I, SIA),
    judged={
        # r = 0.40 k + 0.30 s + 0.30 b
        "what_you_love": {
            IAS: (0.75, 1, 1),  # 0.30 + 0.30 + 0.30 = 0.9
            ISA: (0.25, 0.25, 0),  # 0.10 + 0.075 = 0.175
            IAE: (0.375, 0, 0.25),  # 0.15 + 0.075 = 0.225
            SIA: (0.25, 0, 0),  # 0.1
            IA: (0.75, 0.5, 0.25),  # 0.30 + 0.15 + 0.075 = 0.525
            SINGLE_I: (0.75, 0.25, 0.5),  # 0.525 by another route
        },
        "what_you_are_good_at": {
            IAS: (0.5, 0, 0),  # 0.2
            ISA: (0.5, 0, 0),  # 0.2
            IAE: (1, 0, 0),  # 0.4
            SIA: (0.75, 0.5, 0.5),  # 0.30 + 0.15 + 0.15 = 0.6
            IA: (0.5, 1, 1),  # 0.20 + 0.30 + 0.30 = 0.8
            SINGLE_I: (0.5, 0.5, 0.5),  # 0.20 + 0.15 + 0.15 = 0.5
        },
        "what_the_world_needs": {
            IAS: (0.75, 0.75, 0),  # 0.30 + 0.225 = 0.525 by a third route
            ISA: (0.75, 1, 1),  # 0.9
            IAE: (0.75, 0, 0),  # 0.3
            SIA: (0.5, 0.5, 0.5),  # 0.5
            IA: (0.25, 0, 0),  # 0.1
            SINGLE_I: (0.125, 0.25, 0),  # 0.05 + 0.075 = 0.125
        },
        "what_you_can_be_paid_for": {
            IAS: (0.25, 0, 0),  # 0.1
            ISA: (0.3, 0, 0),  # 0.12, the highest, below the floor of 0.15
            IAE: (0, 0.5, 0.5),  # k = 0 makes s = b = 0: 0
            SIA: (0.25, 0, 0),  # 0.1
            IA: (0.25, 0, 0),  # 0.1
            SINGLE_I: (0.1, 0, 0),  # 0.04
        },
    },
    faults=(status(503),),
    answered_at="2026-01-15T10:00:00Z",
)
# r_normalized of "love" and "world needs" is (r - 0.1) / 0.8, of "good at" (r - 0.2) / 0.6;
# text = 15 r_normalized, click = 10 r. "Paid for": no evidence, 0.5 for all, the click counts.
DIMENSION_SCORES = by_dimension(
    [
        dimension_entry(IAS, 0.9, 1.0, 15.0, 0.0, 15.0),
        dimension_entry(ISA, 0.175, 0.0938, 1.407, 0.0, 1.407),  # 3/32 = 0.09375
        dimension_entry(IAE, 0.225, 0.1563, 2.3445, 2.25, 4.5945),  # 5/32 = 0.15625, half up
        dimension_entry(SIA, 0.1, 0.0, 0.0, 0.0, 0.0),
        dimension_entry(IA, 0.525, 0.5313, 7.9695, 0.0, 7.9695),  # 17/32 = 0.53125, half up
        dimension_entry(SINGLE_I, 0.525, 0.5313, 7.9695, 0.0, 7.9695),
    ],
    [
        dimension_entry(IAS, 0.2, 0.0, 0.0, 0.0, 0.0),
        dimension_entry(ISA, 0.2, 0.0, 0.0, 0.0, 0.0),
        dimension_entry(IAE, 0.4, 0.3333, 4.9995, 0.0, 4.9995),  # 0.2 / 0.6
        dimension_entry(SIA, 0.6, 0.6667, 10.0005, 0.0, 10.0005),  # 0.4 / 0.6
        dimension_entry(IA, 0.8, 1.0, 15.0, 0.0, 15.0),
        dimension_entry(SINGLE_I, 0.5, 0.5, 7.5, 0.0, 7.5),
    ],
    [
        dimension_entry(IAS, 0.525, 0.5313, 7.9695, 0.0, 7.9695),
        dimension_entry(ISA, 0.9, 1.0, 15.0, 0.0, 15.0),
        dimension_entry(IAE, 0.3, 0.25, 3.75, 0.0, 3.75),
        dimension_entry(SIA, 0.5, 0.5, 7.5, 0.0, 7.5),
        dimension_entry(IA, 0.1, 0.0, 0.0, 0.0, 0.0),
        dimension_entry(SINGLE_I, 0.125, 0.0313, 0.4695, 1.25, 1.7195),  # 1/32 = 0.03125, half up
    ],
    [
        dimension_entry(IAS, 0.1, 0.5, 7.5, 0.0, 7.5),
        dimension_entry(ISA, 0.12, 0.5, 7.5, 0.0, 7.5),
        dimension_entry(IAE, 0.0, 0.5, 7.5, 0.0, 7.5),
        dimension_entry(SIA, 0.1, 0.5, 7.5, 1.0, 8.5),
        dimension_entry(IA, 0.1, 0.5, 7.5, 0.0, 7.5),
        dimension_entry(SINGLE_I, 0.04, 0.5, 7.5, 0.0, 7.5),
    ],
)
# total, love + good at, world needs + paid for, the four dimension totals
SCORES_IA = breakdown(30.4695, 22.9695, 7.5, (7.9695, 15.0, 0.0, 7.5))
SCORES_IAS = breakdown(30.4695, 15.0, 15.4695, (15.0, 0.0, 7.9695, 7.5))
SCORES_SIA = breakdown(26.0005, 10.0005, 16.0, (0.0, 10.0005, 7.5, 8.5))
SCORES_I = breakdown(24.689, 15.4695, 9.2195, (7.9695, 7.5, 1.7195, 7.5))
SCORES_ISA = breakdown(23.907, 1.407, 22.5, (1.407, 0.0, 15.0, 7.5))
SCORES_IAE = breakdown(20.844, 9.594, 11.25, (4.5945, 4.9995, 3.75, 7.5))
PROFESSION_SCORES = [
    # The tie of IA and IAS goes to the higher intrinsic score, against display order and
    # congruence. The last number is the mean of the four r_normalized.
    ranked(1, IA, "Kurator Naskah", SCORES_IA, 0.8, 0.5078),  # 2.0313 / 4 = 0.507825
    ranked(2, IAS, "Penulis Sains", SCORES_IAS, 1.0, 0.5078),  # 2.0313 / 4
    ranked(3, SIA, "Pendamping Literasi", SCORES_SIA, 0.9, 0.4167),  # 1.6667 / 4 = 0.416675
    ranked(4, SINGLE_I, "Analis Arsip", SCORES_I, 0.55, 0.3907),  # 1.5626 / 4 = 0.39065, half up
    ranked(5, ISA, "Peneliti Sosial", SCORES_ISA, 0.93, 0.3985),  # 1.5938 / 4 = 0.39845, half up
    ranked(6, IAE, "Perancang Riset", SCORES_IAE, 0.9, 0.3099),  # 1.2396 / 4
]
RECOMMENDED = [
    recommended(
        1, IA, "Kurator Naskah", 30.47, alignment("IAS", "IA", "subset_adjacent", 0.8), SCORES_IA
    ),
    recommended(
        2, IAS, "Penulis Sains", 30.47, alignment("IAS", "IAS", "exact_match", 1.0), SCORES_IAS
    ),
]


RIASEC_RESULTS = {
    "score_r": 3,
    "score_i": 9,
    "score_a": 8,
    "score_s": 7,
    "score_e": 4,
    "score_c": 2,
    # 9 is strong (>= 7) but 9 - 8 = 1 is no gap of 2, nor is 8 - 7 = 1: triple.
    "riasec_code_type": "triple",
    # 6 singles, 30 pairs, 20 triples of R, then IRA IRS IRE IRC IAR IAS: 6 + 30 + 20 + 6.
    "riasec_code_id": 62,
    "is_inconsistent_profile": False,  # I and A are neighbours
}
CANDIDATES_DATA = {
    # C(IAS, ISA) = 3*3 + 2*2 + 1*2 = 15: 0.85 + 0.10 * 15/18 = 0.9333
    # C(IAS, IAE) = 3*3 + 2*3 + 1*2 = 17: 0.85 + 0.05 * 17/18 = 0.8972
    # C(IAS, SIA) = 3*1 + 2*2 + 1*2 = 9: 0.85 + 0.10 * 9/18 = 0.90
    # IAE and SIA have the same score: Holland order decides (I before S), not the smaller id.
    "candidates": [
        candidate(1, IAS, 62, 1, "exact_match", 1.0),
        candidate(2, ISA, 66, 2, "congruent_permutation", 0.93),
        candidate(3, IAE, 63, 2, "congruent_adjacent", 0.9),
        candidate(4, SIA, 102, 2, "congruent_permutation", 0.9),
        candidate(5, IA, 13, 3, "subset_adjacent", 0.8),
        candidate(6, SINGLE_I, 2, 4, "dominant_single", 0.55),
    ],
    "metadata": {
        "total_candidates": 6,
        "user_riasec_code_id": 62,
        "user_riasec_code": "IAS",
        "user_riasec_classification_type": "triple",
        "user_riasec_scores": {"R": 3, "I": 9, "A": 8, "S": 7, "E": 4, "C": 2},
        "is_inconsistent_profile": False,
        "expansion_strategy": "4_tier_expansion",
        "split_path_strategy": False,
        "expansion_summary": {
            "tier_1_exact": 1,
            "tier_2_congruent": 3,
            "tier_3_subset": 1,
            "tier_4_dominant": 1,
        },
        "congruent_code_ids": [62, 66, 63, 102, 13, 2],
        "display_count": 5,
        "generated_at": TIME,
    },
}
DIMENSION_SCORES_DATA = {
    "dimension_scores": DIMENSION_SCORES,
    "normalization_params": by_dimension(
        params(0.1, 0.9, 6), params(0.2, 0.8, 6), params(0.1, 0.9, 6), params(0.0, 0.12, 6)
    ),
    "metadata": {
        "total_candidates_scored": 6,
        "scoring_strategy": "batch_semantic_matching",
        "fallback_used": False,
        "failed_dimensions": [],
        "calculated_at": TIME,
        "imputed": {},
        "low_evidence": ["what_you_can_be_paid_for"],
        "vanished": [],
        "models": by_dimension(*["sim/model"] * 4),
    },
    "trace": traces.SHORT,
}
TOTAL_SCORES_DATA = {
    "profession_scores": PROFESSION_SCORES,
    "metadata": {
        "total_professions_ranked": 6,
        "tie_breaking_applied": True,
        "tie_breaking_details": {
            "tied_profession_ids": [IAS, IA],  # in display order
            "tied_total_score": 30.4695,
            "tiebreak_criteria_used": ["intrinsic_score", "congruence_score", "avg_r_normalized"],
        },
        "top_2_professions": [IA, IAS],
        "calculated_at": TIME,
    },
    # The Go admin: integers, 30.4695 rounded half up.
    "top_professions": [
        admin_top(IA, "Kurator Naskah", 30),
        admin_top(IAS, "Penulis Sains", 30),
    ],
    **ADMIN_NARRATIVES,
}
COMPLETION = {
    "status": "completed",
    "top_2_professions": [
        top_of_response(1, IA, SCORES_IA),
        top_of_response(2, IAS, SCORES_IAS),
    ],
    "total_professions_evaluated": 6,
    "tie_breaking_applied": True,
    "calculated_at": TIME,
    "message": TEXT,
    "support": None,
    "quality": {
        "fallback_dimensions": [],
        "low_evidence_dimensions": ["what_you_can_be_paid_for"],
        "narrative_source": "model",
        "note": TEXT,
    },
}
RECOMMENDATIONS_DATA = {
    "ikigai_profile_summary": SUMMARIES,
    "recommended_professions": RECOMMENDED,
    "generation_context": {
        "user_riasec_code": "IAS",
        "total_candidates_evaluated": 6,
        "top_2_selection_method": "total_score_ranking",
        "generation_timestamp": TIME,
        "narrative_source": "model",
    },
    "points_awarded": None,
}


@pytest.fixture(scope="module")
async def journey(server_dsn: str, template: str, worker_id: str) -> Journey:
    return await play(server_dsn, template, f"journey_short_{worker_id}", SCENARIO)


class TestShortJourney(JourneyContract, NumbersContract):
    scenario = SCENARIO
    expected = Expected(
        code="IAS",
        riasec_results=RIASEC_RESULTS,
        candidates_data=CANDIDATES_DATA,
        dimension_scores_data=DIMENSION_SCORES_DATA,
        api_calls=5,  # one per dimension, and one more for the 503
        model_column="sim/model",
        total_scores_data=TOTAL_SCORES_DATA,
        completion=COMPLETION,
        recommendations_data=RECOMMENDATIONS_DATA,
        top=(IA, IAS),
        explanations=traces.SHORT_EXPLANATIONS,
        certainty="close",  # the first two share a total
    )
