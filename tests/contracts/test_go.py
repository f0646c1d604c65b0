"""The tables as a Go program sees and changes them (contracts/go); the service goes on."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from app.core.database import psycopg2_url
from app.main import create_app
from app.migrations import upgrade_to_head
from app.reference.seed import seed_reference_data
from tests.conftest import TEST_DATA, MakeClient, MakeSettings
from tests.support import rows
from tests.support.contracts import DOCUMENTS
from tests.support.databases import copy_of, empty_database
from tests.support.go_admin import SOURCES, GoAdmin, built, go, require_go
from tests.support.player import Player, add_user, answer

GO = TEST_DATA / "go"
MOMENTS = {
    *("answered_at", "submitted_at", "generated_at", "calculated_at", "generation_timestamp"),
}
OF_A_RUN = [column for column in DOCUMENTS if not column.startswith("riasec_codes.")]


@pytest.fixture(scope="module")
def admin(server_dsn: str, template: str) -> Iterator[GoAdmin]:
    """On a database of its own: it edits what others read, and adds columns."""
    require_go()
    binary = built(GO)
    with copy_of(server_dsn, template, f"go_{uuid.uuid4().hex[:12]}") as dsn:
        yield GoAdmin(binary, dsn)


@pytest.fixture
def engine(admin: GoAdmin) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(admin.dsn))
    yield engine
    engine.dispose()


@pytest.fixture
async def player(
    admin: GoAdmin, engine: Engine, make_settings: MakeSettings, make_client: MakeClient
) -> Player:
    settings = make_settings(database_url=admin.dsn)
    return Player(await make_client(create_app(settings)), settings, add_user(engine))


def test_formatted_and_vetted(admin: GoAdmin) -> None:
    gofmt = shutil.which("gofmt")
    assert gofmt is not None
    assert subprocess.check_output([gofmt, "-l", SOURCES], text=True) == ""
    go(GO / "cache", "vet", ".")


class TestRead:
    async def test_every_document_of_a_run(
        self, admin: GoAdmin, player: Player, engine: Engine
    ) -> None:
        token = await player.reach_ikigai(R=5, S=5)  # the split path: candidates have a path
        await player.answer_all(token)
        seen = admin.run("read", token)
        assert seen.keys() == set(OF_A_RUN)
        for column in OF_A_RUN:
            assert_same(seen[column], stored(engine, token, column), column)

    def test_the_texts_of_all_codes(self, admin: GoAdmin, engine: Engine) -> None:
        codes = admin.run("codes")
        with engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM riasec_codes ORDER BY id")).mappings()
            expected = [
                {
                    name: row[name.rpartition(".")[2]]
                    for name in ("riasec_code", *(DOCUMENTS.keys() - set(OF_A_RUN)))
                }
                for row in found
            ]
        assert len(codes) == 156
        assert codes == expected

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ("- 'love_narrative'", "ikigai_total_scores.scores_data.love_narrative is missing"),
            ("|| '{\"love_narrative\": null}'", "love_narrative is null"),
            ("|| '{\"love_narrative\": 1}'", "cannot unmarshal number"),
            (
                "#- '{top_professions,0,match_reasoning}'",
                "top_professions[0].match_reasoning is missing",
            ),
        ],
    )
    async def test_it_would_notice(
        self, admin: GoAdmin, player: Player, engine: Engine, change: str, complaint: str
    ) -> None:
        token = await player.reach_ikigai()
        await player.answer_all(token)
        with engine.begin() as connection:
            connection.execute(
                text(
                    f"UPDATE ikigai_total_scores SET scores_data = scores_data {change}"
                    f" WHERE test_session_id = (SELECT id FROM {rows.SESSIONS}"
                    " WHERE session_token = :token)".replace(":{", "\\:{")
                ),
                {"token": token},
            )
        done = admin.attempt("read", token)
        assert done.returncode == 1
        assert complaint in done.stderr


class TestChange:
    async def test_a_deleted_run_is_gone_and_the_user_goes_on(
        self, admin: GoAdmin, player: Player, engine: Engine
    ) -> None:
        gone, kept = [(await player.reach_ikigai()) for _ in range(2)]
        await player.answer_all(gone)
        assert admin.run("delete", gone) == {"rows": 1}
        assert (await player.get(f"/sessions/{gone}")).status_code == 404
        assert (await player.answer(gone, "what_you_love")).status_code == 404
        assert (await player.answer_all(kept))["status"] == "completed"
        left = rows.counts_of(engine, player.user_id)
        assert {table: left[table] for table in rows.CHILDREN if table in left} == dict.fromkeys(
            set(rows.CHILDREN) - {"fit_check_results"}, 1
        )

    async def test_an_edited_code_is_shown_and_stays(
        self, admin: GoAdmin, player: Player, engine: Engine
    ) -> None:
        token = await player.reach_ikigai()
        shown = await player.ok_get(f"/result/personality/{token}")
        code = shown["riasec_code"]
        assert admin.run("edit", code, "Judul dari admin", "Kalimat dari admin.") == {"rows": 1}
        seed_reference_data(engine, with_demo=False)
        again = await player.ok_get(f"/result/personality/{token}")
        assert again["riasec_title"] == "Judul dari admin"
        edited = next(item for item in admin.run("codes") if item["riasec_code"] == code)
        assert edited["riasec_codes.strengths"] == ["Kalimat dari admin."]


class TestGorm:
    async def test_both_write_the_same_run(
        self, admin: GoAdmin, player: Player, engine: Engine
    ) -> None:
        """GORM adds its spelling after our migrations; from the next `migrate` on all is equal."""
        admin.run("gorm-migrate")
        upgrade_to_head(engine)
        token = await player.reach_ikigai()
        options = await player.ok_get(f"/ikigai/content/{token}")
        first = options["candidates_with_content"][0]["profession_id"]
        written = admin.run("gorm-answer", token, str(first))
        assert written["ikigai_total_scores"]["top_profession1_id"] == first
        assert (
            stored(engine, token, "ikigai_responses.dimension_1_love")
            == (written["ikigai_responses"]["dimension1_love"])
        )
        assert stored(engine, token, "ikigai_total_scores.top_profession_1_id") == first
        progress = await player.ok_get(f"/sessions/{token}")
        assert progress["dimensions_completed"] == ["what_you_love"]
        body = answer(token, "what_you_are_good_at")
        await player.ok_post("/ikigai/submit-dimension", body)
        seen = admin.run("gorm-answer", token, str(first))["ikigai_responses"]
        assert seen["dimension2_good_at"]["reasoning_text"] == body["reasoning_text"]

    def test_its_tables_are_adopted(self, admin: GoAdmin, server_dsn: str) -> None:
        with empty_database(server_dsn, f"gorm_{uuid.uuid4().hex[:12]}") as dsn:
            GoAdmin(admin.binary, dsn).run("gorm-migrate")
            engine = create_engine(psycopg2_url(dsn))
            upgrade_to_head(engine)
            with engine.begin() as connection:
                connection.execute(
                    text(
                        f"INSERT INTO {rows.SESSIONS} (user_id, session_token, status) VALUES"
                        " (gen_random_uuid(), 'go', 'ikigai_ongoing')"
                    )
                )
            written = GoAdmin(admin.binary, dsn).run("gorm-answer", "go", "7")
            assert stored(engine, "go", "ikigai_total_scores.top_profession_1_id") == 7
            assert (
                stored(engine, "go", "ikigai_responses.dimension_1_love")
                == (written["ikigai_responses"]["dimension1_love"])
            )
            engine.dispose()


def stored(engine: Engine, token: str, name: str) -> Any:
    table, column = name.split(".")
    statement = (
        f"SELECT t.{column} FROM {table} t JOIN {rows.SESSIONS} s ON s.id = t.test_session_id"
        " WHERE s.session_token = :token"
    )
    with engine.connect() as connection:
        return connection.scalar(text(statement), {"token": token})


def assert_same(seen: Any, expected: Any, place: str) -> None:
    """Equal, with moments compared as moments; Go may leave a key out that we leave out too."""
    if isinstance(expected, dict):
        assert seen.keys() == expected.keys(), place
        for key, value in expected.items():
            assert_same(seen[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(seen) == len(expected), place
        for number, value in enumerate(expected):
            assert_same(seen[number], value, f"{place}[{number}]")
    elif place.rpartition(".")[2] in MOMENTS:
        assert datetime.fromisoformat(seen) == datetime.fromisoformat(expected), place
    else:
        assert seen == expected, place
