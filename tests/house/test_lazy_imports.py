"""What only some installations need is not loaded with the application."""

import subprocess
import sys

# By what asks for them: a model key, an archive, a Redis, RabbitMQ, a migration.
LATE = ("aiohttp", "httpx", "redis", "aio_pika", "alembic")


def test_the_server_is_loaded_without_them() -> None:
    code = f"import sys, app.cli.serve, app.main; print(*sorted(set({LATE}) & set(sys.modules)))"
    found = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert found.split() == []
