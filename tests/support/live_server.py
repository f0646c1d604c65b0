"""The whole application over real HTTP, for tests that want what the app's users get."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.settings import Settings
from app.main import create_app
from tests.support.threaded_server import ThreadedServer


@contextmanager
def live_server(settings: Settings) -> Iterator[str]:
    """The base URL of a server on a free port with these settings; gone after the block."""
    with ThreadedServer(create_app(settings)) as server:
        yield server.base_url
