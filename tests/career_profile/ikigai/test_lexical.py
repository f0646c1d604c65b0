"""The offline judgement against texts as Indonesian students write them."""

import random
import statistics
import time
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.lexical import SubScores, judge_text
from app.career_profile.ikigai.ranking import DimensionInput, Outcome, score_dimension
from app.career_profile.ikigai.relevance import Judgement, read_judgement
from app.career_profile.ikigai.stance import read_clauses
from app.career_profile.ikigai.stemming import stem
from app.professions.context import ScoringContext
from tests.support.catalogue import CatalogueEntry, load_catalogue

TEXTS = tomllib.loads((Path(__file__).parent / "student_texts.toml").read_text("utf-8"))["texts"]
CANDIDATES = 30
NO_EVIDENCE = 0.15


def draw_pool(name: str) -> list[CatalogueEntry]:
    """The profession and 29 others, half of them (or all there are) of its category."""
    catalogue = load_catalogue()
    (intended,) = (entry for entry in catalogue if entry.scoring.name == name)
    rng = random.Random(name)
    same = [e for e in catalogue if e.category == intended.category and e is not intended]
    others = [e for e in catalogue if e.category != intended.category]
    near = rng.sample(same, min(15, len(same)))
    return [intended, *near, *rng.sample(others, CANDIDATES - 1 - len(near))]


def relevances(text: str, pool: Sequence[CatalogueEntry]) -> list[float]:
    scores = judge_text(text, [entry.scoring for entry in pool])
    return [float(judgement(scores[entry.scoring.profession_id]).r) for entry in pool]


def judgement(scores: SubScores) -> Judgement:
    found = read_judgement({"k": scores.k, "s": scores.s, "b": scores.b})
    assert found is not None
    return found


@cache
def ranks(half: str) -> tuple[int, ...]:
    """Where the intended profession ranks by r; equals count against it."""
    return tuple(rank_intended(row) for row in TEXTS if row["half"] == half)


def rank_intended(row: Mapping[str, str]) -> int:
    own, *others = relevances(row["text"], draw_pool(row["profession"]))
    return 1 + sum(r >= own for r in others)


class TestStudentTexts:
    def test_are_many_and_spread_over_the_categories(self) -> None:
        category = {entry.scoring.name: entry.category for entry in load_catalogue()}
        assert len(TEXTS) >= 40
        assert {category[row["profession"]] for row in TEXTS} == set(category.values())
        assert all(20 <= len(row["text"].split()) <= 60 for row in TEXTS)

    @pytest.mark.parametrize("half", ["tuning", "holdout", "fresh", "last"])
    def test_intended_profession_ranks_first_of_thirty(self, half: str) -> None:
        found = ranks(half)
        assert sum(rank == 1 for rank in found) / len(found) >= 0.70
        assert sum(rank <= 3 for rank in found) / len(found) >= 0.90

    def test_related_professions_outrank_unrelated_ones(self) -> None:
        catalogue = load_catalogue()
        category = {entry.scoring.name: entry.category for entry in catalogue}
        wins = 0
        for row in TEXTS:
            related: list[float] = []
            unrelated: list[float] = []
            for entry, r in zip(catalogue, relevances(row["text"], catalogue), strict=True):
                near = entry.category == category[row["profession"]]
                (related if near else unrelated).append(r)
            wins += statistics.mean(related) > statistics.mean(unrelated)
        assert wins / len(TEXTS) >= 0.80

    def test_unrelated_professions_are_near_zero_and_the_intended_one_is_high(self) -> None:
        intended, others = [], []
        for row in TEXTS:
            pool = draw_pool(row["profession"])
            scores = judge_text(row["text"], [entry.scoring for entry in pool])
            own, *rest = (scores[entry.scoring.profession_id].k for entry in pool)
            intended.append(own)
            others.append(statistics.median(rest))
        assert statistics.mean(intended) > 0.6
        assert statistics.mean(others) < 0.1


NEGATED = [
    (
        "Ilustrator Digital",
        "Aku tidak suka menggambar dan melukis, apalagi membuat ilustrasi tokoh. Aku lebih senang"
        " menghitung uang kas dan mencatat transaksi kelas di Excel.",
    ),
    (
        "Live Commerce Host",
        "Saya kurang menikmati jualan di depan kamera. Saya betah menulis program dan memperbaiki"
        " bug aplikasi sampai malam.",
    ),
    (
        "Tutor Daring",
        "Aku bosan mengajar matematika ke anak-anak, capek menjelaskan soal. Yang bikin aku"
        " semangat itu motret produk dan mengatur cahaya.",
    ),
    (
        "Backend Developer",
        "Jujur aku benci ngoding dan pusing lihat database. Aku betah ngobrol dengan teman yang"
        " sedih dan mendengarkan curhat mereka.",
    ),
    (
        "Video Editor",
        "Aku gak suka ngedit video, motong klip, atau nyusun rekaman, tapi aku suka banget bikin"
        " lagu dan main musik.",
    ),
    (
        "Customer Support Specialist",
        "Saya tidak betah membalas keluhan pembeli di chat. Saya lebih suka merakit komputer"
        " daripada menjawab pertanyaan pelanggan.",
    ),
]


class TestNegation:
    @pytest.mark.parametrize(("name", "text"), NEGATED)
    def test_the_negated_profession_falls_below_neutral_ones(self, name: str, text: str) -> None:
        own_entry = draw_pool(name)[0]
        own = judge_text(text, [own_entry.scoring])[own_entry.scoring.profession_id]
        # The whole catalogue: a small pool may lack what the text likes instead.
        rest = [entry for entry in load_catalogue() if entry is not own_entry]
        r, *others = relevances(text, [own_entry, *rest])
        assert own.s <= 0.25
        assert own.b == 0
        assert r < max(others)
        assert r <= statistics.median(others)

    def test_a_text_of_dislike_alone_is_evidence_for_nobody(self) -> None:
        text = "Saya tidak suka mengetik formulir dan mencocokkan angka nota, membosankan sekali."
        assert max(relevances(text, load_catalogue())) < NO_EVIDENCE

    @pytest.mark.parametrize(
        ("text", "stance"),
        [
            ("Saya tidak pernah bosan menggambar", 1.0),
            ("aku gak terlalu suka hitungan", -1.0),
            ("Saya tidak mau berjualan", -1.0),
            ("laptop tetangga yang tidak mau hidup", 0.0),
            ("Aku benci lihat penipuan di internet", 0.0),
            ("dia merasa tidak nyaman", 0.0),
            ("Saya menggambar setiap hari", 0.0),
        ],
    )
    def test_stance_of_a_clause(self, text: str, stance: float) -> None:
        (clause,) = read_clauses(text)
        assert clause.stance == stance

    def test_dislike_reaches_the_whole_list_and_ends_at_the_contrast(self) -> None:
        stances = [
            clause.stance for clause in read_clauses("Aku tidak suka A, B, atau C, tapi suka D.")
        ]
        assert stances == [-1.0, -1.0, -1.0, 1.0]


class TestNoEvidence:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   \n ",
            "asdf",
            "asdf asdf asdf asdf",
            "menggambar",
            "12345 67890 12345",
            "!!!!!!!!!!!!",
            "Desainer Kemasan Digital",
            "saya ingin menjadi Data Analyst",
            "VIDEO EDITOR video editor",
            "tidak tahu, bingung",
        ],
    )
    def test_gives_no_relevance_to_anyone(self, text: str) -> None:
        assert max(relevances(text, load_catalogue())) < NO_EVIDENCE

    def test_the_dimension_stays_neutral(self) -> None:
        contexts = [entry.scoring for entry in load_catalogue()[:CANDIDATES]]
        scores = judge_text("Data Analyst", contexts)
        given_ = DimensionInput(
            Outcome.JUDGED, {pid: judgement(found) for pid, found in scores.items()}, None
        )
        assert score_dimension(list(scores), given_, Decimal(str(NO_EVIDENCE))).low_evidence


class TestConcreteness:
    def test_own_experience_with_numbers_and_tools_counts_more_than_a_plain_wish(self) -> None:
        pool = draw_pool("Video Editor")
        plain = "Saya suka menyunting video dan memotong rekaman menjadi cerita."
        told = (
            "Tahun lalu saya menyunting 12 video pernikahan dengan CapCut, memotong rekaman tiga"
            " jam menjadi cerita pendek, dan dibayar 150 ribu per video."
        )
        scores = [_own(judge_text(text, [pool[0].scoring])).b for text in (plain, told)]
        assert scores[0] < 0.3 < scores[1]


def _own(scores: Mapping[int, SubScores]) -> SubScores:
    (found,) = scores.values()
    return found


class TestJudgeText:
    def test_does_not_depend_on_the_order_or_company_of_candidates(self) -> None:
        contexts = [entry.scoring for entry in load_catalogue()[:CANDIDATES]]
        text = TEXTS[0]["text"]
        scores = judge_text(text, contexts)
        assert judge_text(text, contexts[::-1]) == scores
        assert judge_text(text, contexts[:1]).items() <= scores.items()

    def test_a_candidate_without_data(self) -> None:
        bare = ScoringContext(1, "Data Analyst", None, (), ())
        assert judge_text(TEXTS[0]["text"], [bare])[1].k == 0

    @given(st.text(max_size=300))
    @settings(max_examples=40, deadline=None)
    def test_any_text_gives_scores_in_range(self, text: str) -> None:
        contexts = [entry.scoring for entry in load_catalogue()[:5]]
        for found in judge_text(text, contexts).values():
            assert 0 <= found.k <= 1
            assert 0 <= found.s <= 1
            assert 0 <= found.b <= 1

    def test_thirty_candidates_take_little_time(self) -> None:
        contexts = [entry.scoring for entry in load_catalogue()[:CANDIDATES]]
        text = " ".join(row["text"] for row in TEXTS)[:2000]
        judge_text(text, contexts)
        started = time.perf_counter()
        judge_text(text, contexts)
        assert time.perf_counter() - started < 0.15  # some 4 ms on an idle machine; 30 allowed


class TestStem:
    @pytest.mark.parametrize(
        ("word", "root"),
        [
            ("perawat", "rawat"),
            ("perancang", "rancang"),
            ("pemrograman", "program"),
            ("ngerekam", "rekam"),
            ("kirimin", "kirim"),
            ("motong", "potong"),
            ("c++", "c++"),
            ("admin", "admin"),
            ("x" * 500, "x" * 500),
        ],
    )
    def test_root(self, word: str, root: str) -> None:
        assert stem(word) == root
