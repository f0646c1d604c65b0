"""What a database needs before the first journey."""

from uuid import UUID

from sqlalchemy import Engine

from app.reference import repository
from app.reference.code_texts import compose_code_texts
from app.reference.loader import code_sources, demo_catalogue

DEMO_USERS = (
    (UUID("00000000-0000-4000-8000-000000000001"), "Sari Wulandari", "sari@contoh.id"),
    (UUID("00000000-0000-4000-8000-000000000002"), "Bima Pratama", "bima@contoh.id"),
)


def seed_reference_data(engine: Engine, *, with_demo: bool) -> dict[str, int]:
    """Add what is missing and count it; with the demo catalogue and users in local mode."""
    added = {}
    with engine.begin() as connection:
        repository.add_category(connection)
        added["riasec_codes"] = repository.add_codes(connection, compose_code_texts(code_sources()))
        if with_demo:
            added["professions"] = repository.add_professions(connection, demo_catalogue())
            for user_id, fullname, email in DEMO_USERS:
                repository.add_demo_user(connection, user_id, fullname, email)
        if any(added.values()):
            repository.analyze(connection)
    return added
