"""Columns that Go spells differently: both spellings hold the same, whoever writes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from app.migrations import upgrade_to_head
from tests.support.starting_points import beside_go, load

DIMENSIONS = {
    "dimension_1_love": "dimension1_love",
    "dimension_2_good_at": "dimension2_good_at",
    "dimension_3_world_needs": "dimension3_world_needs",
    "dimension_4_paid_for": "dimension4_paid_for",
}
RESPONSES = "ikigai_responses"


@pytest.fixture(scope="module")
def engine(server_dsn: str) -> Iterator[Engine]:
    """The tables as GORM made them, adopted."""
    with beside_go(server_dsn) as engine:
        load(engine, "gorm")
        upgrade_to_head(engine)
        yield engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def both(connection: Connection, session: int) -> list[tuple[object, object]]:
    names = ", ".join(f"{ours}, {theirs}" for ours, theirs in DIMENSIONS.items())
    row = connection.execute(
        text(f"SELECT {names} FROM {RESPONSES} WHERE test_session_id = {session}")
    ).one()
    return list(zip(row[::2], row[1::2], strict=True))


def test_rows_of_before(connection: Connection) -> None:
    assert both(connection, 1) == [({"a": 1},) * 2, ({"b": 2},) * 2, ({"c": 3},) * 2, (None,) * 2]
    ids = connection.execute(
        text("SELECT top_profession_1_id, top_profession_2_id FROM ikigai_total_scores")
    ).one()
    assert tuple(ids) == (11, 12)


def test_an_insert_of_ours_without_any_answer(connection: Connection) -> None:
    """Go's columns were NOT NULL, one with a default that would have looked like an answer."""
    connection.execute(text(f"INSERT INTO {RESPONSES} (test_session_id) VALUES (2)"))
    assert both(connection, 2) == [(None, None)] * 4


@pytest.mark.parametrize("side", ["ours", "go"])
def test_an_insert_and_updates_from_either_side(connection: Connection, side: str) -> None:
    first, *others = DIMENSIONS.values() if side == "go" else DIMENSIONS
    connection.execute(
        text(f"INSERT INTO {RESPONSES} (test_session_id, {first}) VALUES (2, '[1]')")
    )
    for place, name in enumerate(others, start=2):
        connection.execute(
            text(f"UPDATE {RESPONSES} SET {name} = '[{place}]' WHERE test_session_id = 2")
        )
    assert both(connection, 2) == [([place], [place]) for place in (1, 2, 3, 4)]
    connection.execute(text(f"UPDATE {RESPONSES} SET {first} = NULL WHERE test_session_id = 2"))
    assert both(connection, 2)[0] == (None, None)


def test_a_json_null_of_go_is_no_answer(connection: Connection) -> None:
    connection.execute(
        text(f"INSERT INTO {RESPONSES} (test_session_id, dimension1_love) VALUES (2, 'null')")
    )
    open_ones = text(
        f"SELECT dimension_1_love IS NULL, dimension1_love IS NULL FROM {RESPONSES}"
        " WHERE test_session_id = 2"
    )
    assert tuple(connection.execute(open_ones).one()) == (True, True)


def test_when_both_change_ours_counts(connection: Connection) -> None:
    connection.execute(
        text(f"""UPDATE {RESPONSES} SET dimension1_love = '"go"', dimension_1_love = '"we"'""")
    )
    assert both(connection, 1)[0] == ("we", "we")


def test_rules_of_ours_hold_for_go(connection: Connection) -> None:
    with pytest.raises(IntegrityError, match="top_professions"):
        connection.execute(text("UPDATE ikigai_total_scores SET top_profession2_id = 11"))


def test_deleting_a_session_works_under_the_key_of_go(connection: Connection) -> None:
    """Its foreign keys had no ON DELETE CASCADE."""
    connection.execute(text("DELETE FROM careerprofile_test_sessions WHERE id = 1"))
    assert connection.scalar(text(f"SELECT count(*) FROM {RESPONSES}")) == 0


def test_go_adds_its_columns_after_us(server_dsn: str) -> None:
    with beside_go(server_dsn) as engine:
        upgrade_to_head(engine)
        load(engine, "rows_of_ours")
        with engine.begin() as connection:
            for name in DIMENSIONS.values():
                connection.execute(text(f"ALTER TABLE {RESPONSES} ADD COLUMN {name} jsonb"))
        upgrade_to_head(engine)
        with engine.begin() as connection:
            assert both(connection, 1)[0] == ({"a": 1}, {"a": 1})
            connection.execute(text(f"UPDATE {RESPONSES} SET dimension2_good_at = '2'"))
            assert both(connection, 1)[1] == (2, 2)
