"""Named statements on token wallet and ledger, the two tables of Go that we write."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.users.models import TokenLedger, TokenWallet

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


def charge(connection: Connection, charge: Charge) -> bool:
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
