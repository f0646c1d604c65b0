"""What row level security leaves of a statement that is asked for another's notifications."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, text

from app.chat.notifications import repository, stages
from app.chat.notifications.repository import Missed
from app.chat.row_security import acting_for
from app.core import metrics
from app.core.database import Database
from app.core.settings import Settings
from tests.chat.notifications.conftest import Person
from tests.support.statements import recorded_statements

HOUR = timedelta(hours=1)


@pytest.fixture
def database(server_settings: Settings) -> Database:
    dsn = server_settings.database_dsn()
    assert dsn is not None
    return Database(server_settings, dsn)


async def test_another_persons_notifications(
    database: Database, person: Person, stranger: Person
) -> None:
    """Even a statement that names the wrong owner sees and marks nothing."""
    person.tell(stages.interim("c-1", "m-1"))
    number = person.stored()[0][0]
    user = person.user_id

    def look(connection: Connection) -> list[object]:
        repository.mark_delivered(connection, user, [number])
        return [
            *repository.find_listed(connection, user, [number]),
            *repository.find_missed(connection, user, Missed(), 0, 10),
            *repository.find_missed(connection, user, Missed(age=HOUR), 0, 10),
            *repository.find_missed(connection, user, Missed(seen_id=number), 0, 10),
            *repository.find_page(connection, user, None, 10)[1],
        ]

    assert await database.transact(look, acting_for(stranger.user_id)) == []
    assert await database.transact(look) == []
    assert person.delivered() == [False]
    assert len(await database.transact(look, acting_for(user))) == 3  # not waiting any more
    assert person.delivered() == [True]


async def test_telling_costs_one_statement_and_is_counted_after_the_commit(
    database: Database, person: Person
) -> None:
    counter = metrics.notifications_published.labels("analysis_started")
    before = counter._value.get()

    def tell(connection: Connection) -> None:
        repository.publish(connection, person.user_id, stages.analysis_started("s-1"))
        assert counter._value.get() == before

    with recorded_statements(database.engine) as statements:
        await database.transact(tell)
    assert len(statements) == 1
    assert counter._value.get() == before + 1

    def tell_and_fail(connection: Connection) -> None:
        tell_once(connection)
        raise LookupError

    def tell_once(connection: Connection) -> None:
        repository.publish(connection, person.user_id, stages.analysis_started("s-1"))

    with pytest.raises(LookupError):
        await database.transact(tell_and_fail)
    assert counter._value.get() == before + 1
    assert len(person.stored()) == 1


async def test_several_at_once_in_their_order(database: Database, person: Person) -> None:
    news = (stages.assessment_submitted("s-1"), stages.analysis_complete("s-1"))
    await database.transact(lambda c: repository.publish(c, person.user_id, *news))
    assert [stage for _, stage, _ in person.stored()] == [
        "assessment_submitted",
        "analysis_complete",
    ]


async def test_a_word_to_wait_is_not_told_when_the_wait_is_over(
    database: Database, person: Person
) -> None:
    person.tell(stages.interim("c-1", "m-1"), stages.message_completed("c-1", "m-1"))
    with person.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE chat.notifications SET created_at = now() - interval '2 minutes'"
                " WHERE user_id = :user"
            ),
            {"user": person.user_id},
        )
    person.tell(stages.interim("c-1", "m-2"))
    found = await database.read(
        lambda c: repository.find_missed(c, person.user_id, Missed(), 0, 10),
        acting_for(person.user_id),
    )
    assert [item.stage for item in found] == ["message_completed", "interim"]


async def test_what_waits_is_found_by_its_index(database: Database, person: Person) -> None:
    """However many were delivered in a year."""
    person.tell(*(stages.interim("c-1", f"m-{n}") for n in range(2000)))
    with person.engine.begin() as connection:
        # Everybody's: the plan rests on how many wait, and other tests leave some.
        connection.execute(text("UPDATE chat.notifications SET delivered_at = now()"))
        connection.execute(text("ANALYZE chat.notifications"))
    person.tell(stages.interim("c-1", "m-neu"))

    def plan(connection: Connection) -> str:
        asked = []
        event.listen(connection, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
        repository.find_missed(connection, person.user_id, Missed(), 0, 100)
        statement, values = asked[0]
        cursor = connection.connection.cursor()
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in cursor.fetchall())

    assert "idx_notifications_waiting" in await database.transact(plan, acting_for(person.user_id))
