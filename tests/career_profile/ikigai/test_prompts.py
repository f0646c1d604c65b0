"""The prompts of the Ikigai stage, word for word, for fixed professions and a fixed text."""

from typing import Any
from uuid import UUID

import pytest

from app.career_profile.ikigai.content_writer import ContentWriter
from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.ikigai.scorer import DimensionScorer
from app.llm.budget import Budget
from app.professions.context import CareerStep, ContentContext, ScoringContext
from tests.support.golden import assert_golden
from tests.support.model_answers import DIMENSIONS, NARRATIVE
from tests.support.model_clients import Recorder

BUDGET = Budget(30, 13)
HOSTILE = "Penata ${marker} {0} %s"
FULL = ContentContext(
    profession_id=7,
    name="Analis Pola",
    code="IC",
    code_title="Investigative–Conventional",
    about="Membaca pola dari data penjualan.",
    riasec_description="Cocok untuk yang teliti.",
    strengths=("Kamu sabar menelusuri sebab.",),
    work_environments=("Tim data yang tenang.",),
    activities=("Membersihkan data", "Menyusun laporan"),
    hard_skills=("SQL", "Statistika"),
    soft_skills=("Teliti",),
    tools=("Lembar kerja",),
    market_insights=("Permintaan naik di kota besar.",),
    entry=CareerStep("Analis Muda", "0-2 tahun", 8_000_000, 12_000_000),
    senior=CareerStep("Analis Utama", None, None, None),
)
BARE = ContentContext(
    profession_id=9,
    name=HOSTILE,
    code=None,
    code_title=None,
    about=None,
    riasec_description=None,
    strengths=(),
    work_environments=(),
    activities=(),
    hard_skills=(),
    soft_skills=(),
    tools=(),
    market_insights=(),
    entry=None,
    senior=None,
)


@pytest.fixture(autouse=True)
def fixed_markers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _size: "00112233aabbccdd")


def content_answer(*entries: tuple[int, str]) -> dict[str, Any]:
    return {
        "professions": [
            {"profession_id": pid, **dict.fromkeys(DIMENSIONS, NARRATIVE), DIMENSIONS[0]: love}
            for pid, love in entries
        ]
    }


class TestContent:
    async def test_golden(self) -> None:
        model = Recorder()
        await ContentWriter(model, BUDGET).write([FULL, BARE])
        assert_golden("ikigai_content_v1", model.requests[0].messages)

    async def test_repair_golden(self) -> None:
        model = Recorder(content_answer((7, "Analis Pola itu kamu."), (9, NARRATIVE)))
        await ContentWriter(model, BUDGET).write([FULL, BARE])
        assert_golden("ikigai_content_repair_v1", model.requests[1].messages)


class TestScoring:
    async def test_golden(self) -> None:
        model = Recorder()
        candidates = [
            ScoringContext(7, "Analis Pola", "Membaca pola.", ("Membersihkan data",), ("SQL",)),
            ScoringContext(9, HOSTILE, None, (), ()),
        ]
        await DimensionScorer(model, BUDGET).score(
            "token-1",
            UUID(int=1),
            Dimension.GOOD_AT,
            "Saya menata ${text} {x} di 081234567890.",
            candidates,
        )
        assert_golden("ikigai_scoring_v3", model.requests[0].messages)
