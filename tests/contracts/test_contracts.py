"""docs/contracts: every JSON column, current, and what a real journey stores obeys it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import JSONB

from app.career_profile.decimals import round_half_up
from app.core.database import Base
from tests.support import rows
from tests.support.contracts import DOCUMENTS, FOLDER, OUR_OWN, file_of, text_of
from tests.support.player import DIMENSIONS, Player

NARRATIVES = {
    "love_narrative": "what_you_love",
    "good_at_narrative": "what_you_are_good_at",
    "world_needs_narrative": "what_the_world_needs",
    "paid_for_narrative": "what_you_can_be_paid_for",
}
OF_A_RUN = [column for column in DOCUMENTS if not column.startswith("riasec_codes.")]


@pytest.fixture
async def stored(player: Player, engine: Engine) -> dict[str, Any]:
    """Every JSON document of a completed run on the split path, by table.column."""
    token = await player.reach_ikigai(R=5, S=5)
    await player.answer_all(token)
    found = {}
    with engine.connect() as connection:
        for name in OF_A_RUN:
            table, column = name.split(".")
            statement = (
                f"SELECT t.{column} FROM {table} t JOIN {rows.SESSIONS} s"
                " ON s.id = t.test_session_id WHERE s.session_token = :token"
            )
            found[name] = connection.scalar(text(statement), {"token": token})
    return found


class TestSchemas:
    def test_every_json_column_has_one(self) -> None:
        columns = {
            f"{table.name}.{column.name}"
            for table in Base.metadata.tables.values()
            for column in table.columns
            if isinstance(column.type, JSONB)
        }
        assert columns == DOCUMENTS.keys() | OUR_OWN

    @pytest.mark.parametrize("column", DOCUMENTS)
    def test_current(self, column: str) -> None:
        """Stale? `python -m tests.support.contracts` writes them anew."""
        assert file_of(column).read_text(encoding="utf-8") == text_of(column)

    def test_no_file_is_left_over(self) -> None:
        assert {path.name for path in FOLDER.iterdir()} == {file_of(c).name for c in DOCUMENTS}

    @pytest.mark.parametrize("column", DOCUMENTS)
    def test_is_a_schema(self, column: str) -> None:
        Draft202012Validator.check_schema(schema(column))


class TestStoredDocuments:
    def test_of_a_journey(self, stored: dict[str, Any]) -> None:
        for column, document in stored.items():
            assert document is not None, column
            errors = list(Draft202012Validator(schema(column)).iter_errors(document))
            assert not errors, (column, errors[0].message)

    def test_of_a_fit_check(self) -> None:
        """It writes no JSON of its own: fit_check_results has columns only."""
        assert not any(column.startswith("fit_check_results") for column in DOCUMENTS)

    def test_of_the_codes(self, engine: Engine) -> None:
        with engine.connect() as connection:
            for name in DOCUMENTS.keys() - set(OF_A_RUN):
                column = name.partition(".")[2]
                lists = connection.scalars(text(f"SELECT {column} FROM riasec_codes")).all()
                assert len(lists) == 156
                for lines in lists:
                    Draft202012Validator(schema(name)).validate(lines)

    def test_a_schema_refuses_what_go_could_not_decode(self, stored: dict[str, Any]) -> None:
        column = "ikigai_total_scores.scores_data"
        validator = Draft202012Validator(schema(column))
        document: dict[str, Any] = {}
        for change in ({"match_reasoning": None}, {"match_percentage": 71.5}, {"rank": 1}):
            document = json.loads(json.dumps(stored[column]))
            first = document["top_professions"][0]
            document["top_professions"][0] = {**first, **change}
            assert validator.is_valid(document) == ("rank" in change)
        del document["love_narrative"]
        assert not validator.is_valid(document)


class TestGoAdmin:
    """5-data.md: it decodes, and silently shows nothing when a key or type differs."""

    def test_top_professions(self, stored: dict[str, Any]) -> None:
        totals = stored["ikigai_total_scores.scores_data"]
        recommended = stored["career_recommendations.recommendations_data"][
            "recommended_professions"
        ]
        assert 1 <= len(totals["top_professions"]) == len(recommended) <= 2
        for top, source in zip(totals["top_professions"], recommended, strict=True):
            assert {name: type(value) for name, value in top.items()} == {
                "profession_id": int,
                "profession_name": str,
                "match_percentage": int,
                "match_reasoning": str,
            }
            total = Decimal(str(source["score_breakdown"]["total_score"]))
            assert top == {
                "profession_id": source["profession_id"],
                "profession_name": source["profession_name"],
                "match_percentage": int(round_half_up(total, 0)),
                "match_reasoning": source["match_reasoning"],
            }
            assert source["riasec_alignment"]["congruence_type"]

    def test_narratives_are_those_of_the_summary(self, stored: dict[str, Any]) -> None:
        totals = stored["ikigai_total_scores.scores_data"]
        summary = stored["career_recommendations.recommendations_data"]["ikigai_profile_summary"]
        assert summary.keys() == set(DIMENSIONS)
        for name, dimension in NARRATIVES.items():
            assert isinstance(totals[name], str)
            assert totals[name] == summary[dimension] != ""


def schema(column: str) -> dict[str, Any]:
    """As published, not as generated now."""
    found: dict[str, Any] = json.loads(file_of(column).read_text(encoding="utf-8"))
    return found
