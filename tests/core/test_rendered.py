"""Hot statements give what SQLAlchemy gives, and a dead connection is replaced as before."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, Uuid, bindparam, func, literal, select, text
from sqlalchemy import exc as sa_exc
from sqlalchemy.dialects.postgresql import JSONB

from app.core.rendered import Rendered
from tests.support.processes import wait_until

WHO = uuid4()
KEY = 4711
AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MIXED = select(
    bindparam("who", type_=Uuid).label("who"),
    bindparam("document", type_=JSONB).label("document"),
    bindparam("at").label("at"),
    func.coalesce(None, literal("a % sign")).label("constant"),
)
VALUES = {"who": WHO, "document": {"names": ["Rani"], "none": None}, "at": AT}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as found:
        yield found


def test_the_same_row_as_sqlalchemy(connection: Connection) -> None:
    mine = Rendered(lambda: MIXED).first(connection, **VALUES)
    theirs = connection.execute(MIXED, VALUES).one()
    assert (mine.who, mine.document, mine.at, mine.constant) == tuple(theirs)
    assert isinstance(mine.who, UUID)


def test_no_row_is_none_and_all_rows_keep_their_order(connection: Connection) -> None:
    series = Rendered(lambda: text("SELECT n FROM generate_series(1, :last) n"))
    assert series.first(connection, last=0) is None
    assert [row.n for row in series.all(connection, last=3)] == [1, 2, 3]


def test_behind_another_it_sees_what_was_committed_while_that_one_waited(
    connection: Connection, engine: Engine
) -> None:
    """Two statements, each with a snapshot of its own, though they travel together."""
    lock = Rendered(lambda: text("SELECT pg_advisory_xact_lock(:key)"))
    name = Rendered(lambda: text("SELECT fullname FROM users WHERE id = :who"), behind=lock)
    with ThreadPoolExecutor(1) as thread:
        with engine.begin() as first:
            lock.first(first, key=KEY)
            second = thread.submit(name.first, connection, key=KEY, who=str(WHO))
            assert wait_until(lambda: _is_waiting(engine))
            add = text("INSERT INTO users (id, fullname) VALUES (:who, 'Rani')")
            first.execute(add, {"who": WHO})
        assert second.result().fullname == "Rani"


def _is_waiting(engine: Engine) -> bool:
    asked = text("SELECT count(*) FROM pg_locks WHERE objid = :key AND NOT granted")
    with engine.connect() as connection:
        return bool(connection.scalar(asked, {"key": KEY}))


def test_a_dead_connection_is_sqlalchemys_business(connection: Connection, engine: Engine) -> None:
    me = Rendered(lambda: text("SELECT pg_backend_pid() AS pid"))
    pid = me.first(connection).pid
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises((sa_exc.DBAPIError, psycopg2.Error)):
        me.first(connection)
    assert connection.invalidated
