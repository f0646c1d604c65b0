"""Hot statements give what SQLAlchemy gives, and a dead connection is replaced as before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, Uuid, bindparam, func, literal, select, text
from sqlalchemy import exc as sa_exc
from sqlalchemy.dialects.postgresql import JSONB

from app.core.rendered import Rendered

WHO = uuid4()
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


def test_a_dead_connection_is_sqlalchemys_business(connection: Connection, engine: Engine) -> None:
    me = Rendered(lambda: text("SELECT pg_backend_pid() AS pid"))
    pid = me.first(connection).pid
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises((sa_exc.DBAPIError, psycopg2.Error)):
        me.first(connection)
    assert connection.invalidated
