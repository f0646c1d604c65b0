"""A recommendation run costs tokens: charged once, in the transaction that creates the session."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem

COST = 3
START = {"persona_type": "ACHIEVER"}


@pytest.fixture
async def payer(make_settings: MakeSettings, make_client: MakeClient, engine: Engine) -> Player:
    settings = make_settings(recommendation_token_cost=COST)
    return Player(await make_client(create_app(settings)), settings, add_user(engine))


def add_wallet(engine: Engine, user_id: UUID, balance: int, age_days: int = 0) -> UUID:
    with engine.begin() as connection:
        wallet: UUID = connection.execute(
            text(
                "INSERT INTO token_wallet (user_id, balance, updated_at)"
                " VALUES (:user_id, :balance, now() - make_interval(days => :age)) RETURNING id"
            ),
            {"user_id": user_id, "balance": balance, "age": age_days},
        ).scalar_one()
    return wallet


def balances(engine: Engine, user_id: UUID) -> dict[UUID, int]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, balance FROM token_wallet WHERE user_id = :user_id"),
            {"user_id": user_id},
        )
        return {row.id: row.balance for row in rows}


def ledger(engine: Engine, user_id: UUID) -> list[dict[str, object]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT l.direction, l.amount, l.balance_before, l.balance_after, l.source_type,"
                " l.source_id, l.reference_id, l.wallet_id FROM token_ledger l"
                " JOIN token_wallet w ON w.id = l.wallet_id WHERE w.user_id = :user_id"
            ),
            {"user_id": user_id},
        )
        return [dict(row._mapping) for row in rows]


def session_ids(engine: Engine, user_id: UUID) -> list[int]:
    with engine.connect() as connection:
        rows = connection.scalars(
            text("SELECT id FROM careerprofile_test_sessions WHERE user_id = :user_id"),
            {"user_id": user_id},
        )
        return list(rows)


async def test_charged_with_a_ledger_row(payer: Player, engine: Engine) -> None:
    wallet = add_wallet(engine, payer.user_id, 10)
    started = await payer.start()
    assert balances(engine, payer.user_id) == {wallet: 7}
    assert ledger(engine, payer.user_id) == [
        {
            "direction": "OUT",
            "amount": 3,
            "balance_before": 10,
            "balance_after": 7,
            "source_type": "USAGE",
            "source_id": session_ids(engine, payer.user_id)[0],
            "reference_id": started["session_token"],
            "wallet_id": wallet,
        }
    ]


async def test_twenty_taps_cost_once(payer: Player, engine: Engine) -> None:
    wallet = add_wallet(engine, payer.user_id, 10)
    answers = await asyncio.gather(*(payer.post("/recommendation/start", START) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["session_token"] for answer in answers}) == 1
    assert balances(engine, payer.user_id) == {wallet: 7}
    assert len(ledger(engine, payer.user_id)) == 1


@pytest.mark.parametrize("balance", [None, 0, 2])
async def test_too_little_is_402_and_nothing_is_stored(
    payer: Player, engine: Engine, balance: int | None
) -> None:
    before = {}
    if balance is not None:
        before = {add_wallet(engine, payer.user_id, balance): balance}
    answer = await payer.post("/recommendation/start", START)
    assert_problem(answer, 402, "insufficient_tokens")
    assert balances(engine, payer.user_id) == before
    assert session_ids(engine, payer.user_id) == []
    assert ledger(engine, payer.user_id) == []


async def test_the_last_tokens_are_enough(payer: Player, engine: Engine) -> None:
    wallet = add_wallet(engine, payer.user_id, COST)
    await payer.start()
    assert balances(engine, payer.user_id) == {wallet: 0}


async def test_of_several_wallets_the_oldest_that_can_pay(payer: Player, engine: Engine) -> None:
    empty = add_wallet(engine, payer.user_id, 1, age_days=9)
    oldest = add_wallet(engine, payer.user_id, 5, age_days=5)
    newest = add_wallet(engine, payer.user_id, 50, age_days=1)
    await payer.start()
    assert balances(engine, payer.user_id) == {empty: 1, oldest: 2, newest: 50}


async def test_a_resumed_session_is_free(payer: Player, engine: Engine) -> None:
    add_wallet(engine, payer.user_id, COST)
    first = await payer.start()
    again = await payer.start()
    assert again["resumed"] is True
    assert again["session_token"] == first["session_token"]
    assert len(ledger(engine, payer.user_id)) == 1
