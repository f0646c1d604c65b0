"""What erasing one's talks takes along, and the one number that it leaves."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text

from app.chat.retention.service import RetentionService
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.chat.chatter import Chatter, say, use
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import add_user
from tests.support.rows import execute

BUDGET = 1000
SAID = {"content": "Apa kekuatanku?"}


def sum_of(engine: Engine, chatter: Chatter) -> int | None:
    statement = text("SELECT total_tokens FROM chat.erased_usage WHERE user_id = :user")
    with engine.connect() as connection:
        found: int | None = connection.scalar(statement, {"user": chatter.user_id})
        return found


async def test_the_month_s_budget_is_not_filled_up(
    make_settings: MakeSettings, make_client: MakeClient, engine: Engine
) -> None:
    settings = make_settings(chat_monthly_token_budget=BUDGET, use_free_models_only=False)
    chatter = Chatter(await make_client(create_app(settings)), settings, add_user(engine))
    for tokens in (BUDGET - 1, 1):
        use(engine, say(engine, await chatter.create(), 1), "m", (tokens, 0), at="now")
        await chatter.ok("DELETE", "/me")
    assert sum_of(engine, chatter) == BUDGET
    path = f"/conversations/{await chatter.create()}/messages"
    refused = await chatter.send("POST", path, SAID)
    assert (refused.status_code, refused.json()["code"]) == (429, "token_budget_exceeded")

    last_month = "UPDATE chat.erased_usage SET month = month - interval '1 month'"
    execute(engine, f"{last_month} WHERE user_id = :user", user=chatter.user_id)
    await chatter.ok("POST", path, SAID)


async def test_nothing_used_leaves_no_number(chatter: Chatter, engine: Engine) -> None:
    talk = await chatter.create()
    use(engine, say(engine, talk, 1), "m", (5, 5), at="2024-10-31T23:59:59Z")
    await chatter.ok("DELETE", "/me")
    assert sum_of(engine, chatter) is None


async def test_the_number_goes_when_its_month_is_over(
    chatter: Chatter, settings: Settings, engine: Engine
) -> None:
    use(engine, say(engine, await chatter.create(), 1), "m", (5, 5), at="now")
    await chatter.ok("DELETE", "/me")
    dsn = settings.database_dsn()
    assert dsn is not None
    database = Database(settings, dsn)
    retention = RetentionService(database, lambda: datetime.now(UTC), days=365)
    await retention.purge()
    assert sum_of(engine, chatter) == 10
    last_month = "UPDATE chat.erased_usage SET month = month - interval '1 month'"
    execute(engine, f"{last_month} WHERE user_id = :user", user=chatter.user_id)
    await retention.purge()
    assert sum_of(engine, chatter) is None
    database.close()


async def test_kept_answers_go_as_well(chatter: Chatter, engine: Engine) -> None:
    keyed = {**chatter.headers, "Idempotency-Key": "tentang-radio"}
    url = "/api/chat/conversations"
    await chatter.client.post(url, json={"title": "Radio kakek"}, headers=keyed)
    await chatter.ok("DELETE", "/me")
    statement = text("SELECT count(*) FROM idempotency_keys WHERE user_id = :user")
    with engine.connect() as connection:
        assert connection.scalar(statement, {"user": chatter.user_id}) == 0
