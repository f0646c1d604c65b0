"""What docs/operations.md tells an operator to type: the SQL of the roles works as it stands."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg2 import sql
from sqlalchemy import create_engine, exc, text
from sqlalchemy.engine import make_url

from app.core.database import psycopg2_url
from app.core.metrics import REGISTRY
from app.main import create_app
from app.migrations import upgrade_to_head
from app.reference.loader import demo_catalogue
from app.reference.repository import add_professions, create_go_tables
from app.reference.seed import seed_reference_data
from app.service_role import make_service_role
from tests.api.test_wallet import add_wallet
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import ROOT, administer, empty_database
from tests.support.player import Player, add_user

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Roles of their own, so that dropping them takes nothing from other tests of the same server.
OWNER, RUNTIME = "guide_owner", "guide_runtime"


@dataclass(frozen=True, slots=True)
class Roles:
    """Addresses of one database by who asks."""

    admin: str
    owner: str
    runtime: str


def as_role(dsn: str, role: str) -> str:
    return make_url(dsn).set(username=role).render_as_string(hide_password=False)


def drop_roles(server: str) -> None:
    """They belong to the whole server, which outlives the tests."""
    administer(
        server,
        *(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(r)) for r in (OWNER, RUNTIME)),
    )


@pytest.fixture
def roles(server_dsn: str) -> Iterator[Roles]:
    """Go's tables, then the SQL of the guide."""
    (written,) = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    statements = written.replace("kenali_owner", OWNER).replace("kenali_diri", RUNTIME)
    drop_roles(server_dsn)
    with empty_database(server_dsn, f"roles_{uuid.uuid4().hex[:12]}") as admin:
        found = Roles(admin, as_role(admin, OWNER), as_role(admin, RUNTIME))
        engine = create_engine(psycopg2_url(admin))
        with engine.begin() as connection:
            create_go_tables(connection)
            connection.exec_driver_sql(statements)
        engine.dispose()
        yield found
    drop_roles(server_dsn)


def migrate(roles: Roles) -> None:
    """`migrate` and `seed` as the owner, then Go's admin fills the catalogue."""
    owner = create_engine(psycopg2_url(roles.owner))
    upgrade_to_head(owner)
    with owner.begin() as connection:
        make_service_role(connection, RUNTIME, None)
    seed_reference_data(owner, with_demo=False)
    owner.dispose()
    admin = create_engine(psycopg2_url(roles.admin))
    with admin.begin() as connection:
        add_professions(connection, demo_catalogue())
    admin.dispose()


async def test_the_roles_are_enough_and_no_more(
    roles: Roles, make_settings: MakeSettings, make_client: MakeClient
) -> None:
    migrate(roles)
    admin = create_engine(psycopg2_url(roles.admin))
    settings = make_settings(database_url=roles.runtime, recommendation_token_cost=3)
    player = Player(await make_client(create_app(settings)), settings, add_user(admin))
    add_wallet(admin, player.user_id, 3)
    admin.dispose()
    token = await player.reach_ikigai()
    assert (await player.answer_all(token))["status"] == "completed"
    assert (await player.client.get("/health")).json()["status"] == "healthy"
    runtime = create_engine(psycopg2_url(roles.runtime))
    for forbidden in (
        "UPDATE users SET role = 'ADMIN'",
        "DROP TABLE riasec_codes",
        "CREATE TABLE x ()",
    ):
        with (
            runtime.begin() as connection,
            pytest.raises(exc.ProgrammingError, match=r"permission|owner"),
        ):
            connection.execute(text(forbidden))
    runtime.dispose()


def test_every_series_is_explained() -> None:
    names = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    names |= {family.name for family in REGISTRY.collect()}
    families = {re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in names}
    explained = {
        re.sub(r"_total$", "", name) for name in re.findall(r"`(\w+)(?:\{[\w,]+\})?`", GUIDE)
    }
    assert families - explained == set()


def test_says_nothing_about_a_machine() -> None:
    assert not re.search(r"/work|/root|localhost:\d|192\.168\.", GUIDE)
