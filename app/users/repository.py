"""Named statements on the people that Go owns; a soft-deleted user does not exist for us.

Wallet and ledger are the two tables of Go that we write.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, func, insert, or_, select, update

from app.users.caller import Caller
from app.users.models import Membership, TokenLedger, TokenWallet, User

CALLER_COLUMNS = (
    User.id.label("caller_id"),
    func.coalesce(User.fullname, "").label("caller_name"),
    func.coalesce(User.role, "").label("caller_role"),
    exists()
    .where(
        Membership.user_id == User.id,
        Membership.is_active,
        Membership.deleted_at.is_(None),
        or_(Membership.expired_at.is_(None), Membership.expired_at > func.now()),
    )
    .label("caller_is_member"),
)


def caller_of(row: Any) -> Caller | None:
    """The caller in a row that selected CALLER_COLUMNS."""
    if row is None:
        return None
    return Caller(row.caller_id, row.caller_name, row.caller_role, row.caller_is_member)


def find_caller(connection: Connection, user_id: UUID) -> Caller | None:
    statement = select(*CALLER_COLUMNS).where(User.id == user_id, User.deleted_at.is_(None))
    return caller_of(connection.execute(statement).first())


def has_row(connection: Connection, user_id: UUID) -> bool:
    """Whether Go still knows the id, soft-deleted or not."""
    return bool(connection.scalar(select(exists().where(User.id == user_id))))


OUT = "OUT"
USAGE = "USAGE"


@dataclass(frozen=True, slots=True)
class Charge:
    """What is paid, in tokens, and what for."""

    user_id: UUID
    amount: int
    session_id: int
    session_token: str
    description: str


def charge_oldest_wallet(connection: Connection, charge: Charge) -> bool:
    """Take tokens from the oldest wallet that holds enough, with a ledger row; False: none does.

    The user's wallets stay locked until the transaction ends, so that two starts never spend the
    same token. A user may have several wallets; their age is told by `updated_at`, which every
    charge renews, so the oldest may be empty while another can pay.
    """
    wallets = connection.execute(
        select(TokenWallet.id, TokenWallet.balance)
        .where(TokenWallet.user_id == charge.user_id)
        .order_by(TokenWallet.updated_at.asc().nulls_first(), TokenWallet.id)
        .with_for_update()
    ).all()
    paying = next((wallet for wallet in wallets if wallet.balance >= charge.amount), None)
    if paying is None:
        return False
    left = paying.balance - charge.amount
    connection.execute(
        update(TokenWallet)
        .where(TokenWallet.id == paying.id)
        .values(balance=left, updated_at=func.now())
    )
    connection.execute(
        insert(TokenLedger).values(
            wallet_id=paying.id,
            direction=OUT,
            amount=charge.amount,
            balance_before=paying.balance,
            balance_after=left,
            source_type=USAGE,
            source_id=charge.session_id,
            reference_id=charge.session_token,
            description=charge.description,
            ledger_metadata={"session_token": charge.session_token},
        )
    )
    return True
