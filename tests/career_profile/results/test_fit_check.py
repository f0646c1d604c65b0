"""The verdict of a fit check and its explanation (2-domain-rules.md, 6)."""

import re
from decimal import Decimal
from itertools import product

import pytest

from app.career_profile.results.fit_check import (
    MATCH_LABELS,
    MATCH_STARS,
    FitRule,
    MatchCategory,
    check_fit,
)
from app.career_profile.results.fit_explanation import WORDINGS, Explanation, explain_fit
from app.career_profile.riasec.hexagon import all_codes

NAME = "Perancang Peta Digital"
CASES = [
    # user, profession, category, rule, same first, adjacent, score
    ("RIA", "RIA", "HIGH", "exact_match", True, True, "1.00"),
    ("R", "R", "HIGH", "exact_match", True, True, "1.00"),
    ("RIA", "RAI", "HIGH", "permutation_match", True, True, "0.78"),
    ("RIA", "RIS", "MEDIUM", "dominant_same", True, True, "0.89"),
    ("RIA", "R", "MEDIUM", "dominant_same", True, True, "1.00"),
    ("R", "RSE", "MEDIUM", "dominant_same", True, True, "1.00"),
    ("RIA", "RSC", "MEDIUM", "dominant_same", True, True, "0.44"),
    ("RIA", "IRA", "MEDIUM", "adjacent_dominant", False, True, "0.78"),
    ("RI", "CE", "MEDIUM", "adjacent_dominant", False, True, "0.33"),
    ("R", "C", "MEDIUM", "adjacent_dominant", False, True, "0.67"),
    ("RIA", "AIR", "MEDIUM", "close_profile", False, False, "0.56"),
    ("R", "A", "MEDIUM", "close_profile", False, False, "0.33"),
    ("R", "S", "LOW", "mismatch", False, False, "0.00"),
    ("RIA", "SEC", "LOW", "mismatch", False, False, "0.00"),
    ("RI", "AE", "LOW", "mismatch", False, False, "0.17"),
    ("RIA", "SIA", "LOW", "mismatch", False, False, "0.67"),
]


@pytest.fixture(scope="module")
def every_explanation() -> dict[tuple[str, str], Explanation]:
    """All pairs of the 156 codes."""
    return {
        (u, p): explain_fit(check_fit(u, p).rule, u, p, NAME)
        for u, p in product(all_codes(), all_codes())
    }


class TestVerdict:
    @pytest.mark.parametrize(
        ("user", "profession", "category", "rule", "same", "adjacent", "score"), CASES
    )
    def test_table(
        self,
        user: str,
        profession: str,
        category: str,
        rule: str,
        same: bool,
        adjacent: bool,
        score: str,
    ) -> None:
        fit = check_fit(user, profession)
        assert (fit.category, fit.rule) == (category, rule)
        assert (fit.dominant_letter_same, fit.is_adjacent_hexagon) == (same, adjacent)
        assert fit.match_score == Decimal(score)
        assert str(fit.match_score) == score

    def test_every_rule_is_reached_by_some_pair(self) -> None:
        found = {check_fit(u, p).rule for u, p in product(all_codes(), all_codes())}
        assert found == set(FitRule)

    def test_high_means_same_first_letter_and_same_letters(self) -> None:
        for u, p in product(all_codes(), all_codes()):
            is_high = check_fit(u, p).category is MatchCategory.HIGH
            assert is_high == (u[0] == p[0] and sorted(u) == sorted(p))

    def test_labels_and_stars(self) -> None:
        assert {category.value: label for category, label in MATCH_LABELS.items()} == {
            "HIGH": "Kecocokan Tinggi",
            "MEDIUM": "Kecocokan Sedang",
            "LOW": "Kecocokan Rendah",
        }
        stars = {category.value: count for category, count in MATCH_STARS.items()}
        assert stars == {"HIGH": 3, "MEDIUM": 2, "LOW": 1}


class TestExplanation:
    def test_names_both_codes_and_the_profession(
        self, every_explanation: dict[tuple[str, str], Explanation]
    ) -> None:
        for (user, profession), text in every_explanation.items():
            first = text.reason_points[0]
            assert re.search(rf"\b{user}\b", first), first
            assert re.search(rf"\b{profession}\b", first), first
            assert NAME in text.meaning

    def test_is_whole_for_every_pair(
        self, every_explanation: dict[tuple[str, str], Explanation]
    ) -> None:
        sentences: set[str] = set()
        for text in every_explanation.values():
            parts = (text.meaning, *text.reason_points, text.implication, *text.next_steps)
            assert len(text.next_steps) == 3
            assert 2 <= len(text.reason_points) <= 4
            assert len(set(parts)) == len(parts)
            assert text.cta_primary != text.cta_secondary
            sentences.update(parts)
        for part in sentences:
            assert part[0].isupper(), part
            assert part[-1] in ".?", part
            assert not re.search(r"[{}]|\bNone\b|  |\bAnda\b|\b(\w+) \1\b", part), part

    def test_no_opposition_is_claimed_where_there_is_none(
        self, every_explanation: dict[tuple[str, str], Explanation]
    ) -> None:
        for (user, profession), text in every_explanation.items():
            claims = "milikmu berseberangan" in " ".join(text.reason_points)
            assert claims == (check_fit(user, profession).rule is FitRule.MISMATCH)

    def test_reads_differently_for_every_rule(self) -> None:
        for field in ("meaning", "first_letters", "implication", "next_steps"):
            assert len({getattr(wording, field) for wording in WORDINGS.values()}) == len(FitRule)

    def test_a_name_with_braces_or_none_at_all(self) -> None:
        odd = explain_fit(FitRule.MISMATCH, "R", "S", "Ahli {name}\n ")
        assert "Ahli {name}" in odd.meaning
        unnamed = explain_fit(FitRule.ADJACENT_DOMINANT, "R", "I", "  ")
        assert unnamed.meaning.startswith("Profesi ini bertetangga")
