"""What a database needs before the first journey."""

from uuid import UUID

from sqlalchemy import Connection, Engine

from app.career_profile.riasec.hexagon import all_codes
from app.reference import repository
from app.reference.code_texts import compose_code_texts
from app.reference.loader import code_sources, demo_catalogue, demo_slugs

DEMO_USERS = (
    (UUID("00000000-0000-4000-8000-000000000001"), "Sari Wulandari", "sari@contoh.id"),
    (UUID("00000000-0000-4000-8000-000000000002"), "Bima Pratama", "bima@contoh.id"),
)


def seed_reference_data(engine: Engine, *, with_demo: bool) -> dict[str, int]:
    """Add what is missing and count it; with the demo catalogue and users in local mode.

    The authored texts, half a megabyte, are read only where something is missing: a start on a
    database that was seeded before does not wait for them.
    """
    added = {}
    with engine.begin() as connection:
        repository.add_category(connection)
        added["riasec_codes"] = _add_codes(connection)
        if with_demo:
            added["professions"] = _add_professions(connection)
            for user_id, fullname, email in DEMO_USERS:
                repository.add_demo_user(connection, user_id, fullname, email)
        if any(added.values()):
            repository.analyze(connection)
    return added


def _add_codes(connection: Connection) -> int:
    if repository.known_codes(connection).issuperset(all_codes()):
        return 0
    return repository.add_codes(connection, compose_code_texts(code_sources()))


def _add_professions(connection: Connection) -> int:
    if repository.known_slugs(connection).issuperset(demo_slugs()):
        return 0
    return repository.add_professions(connection, demo_catalogue())
