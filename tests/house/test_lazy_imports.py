"""What only some installations need is not loaded with the application."""

import subprocess
import sys

import pytest

# By what asks for them: a model key, an archive, a Redis, RabbitMQ, a migration.
LATE = ("aiohttp", "httpx", "redis", "aio_pika", "alembic")


@pytest.mark.parametrize("module", ["app.main", "app.cli.serve"])
def test_the_application_is_loaded_without_them(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set({LATE}) & set(sys.modules)))"
    found = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert found.split() == []
