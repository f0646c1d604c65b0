"""What tests of the chat begin with."""

import httpx
import pytest
from sqlalchemy import Engine

from app.core.settings import Settings
from tests.chat.chatter import Chatter
from tests.support.player import add_user


@pytest.fixture
def chatter(client: httpx.AsyncClient, settings: Settings, engine: Engine) -> Chatter:
    """A fresh user with their chat."""
    return Chatter(client, settings, add_user(engine))


@pytest.fixture
def stranger(client: httpx.AsyncClient, settings: Settings, engine: Engine) -> Chatter:
    """Another one."""
    return Chatter(client, settings, add_user(engine))
