"""Without RABBITMQ_URL the extra is neither asked for nor looked at."""

import subprocess
import sys

import pytest
from pydantic import SecretStr

from app.core.settings import ConfigurationError, Settings
from app.main import create_app
from tests.support.databases import ROOT

LOOK = """
import sys
from app.core.settings import Settings
from app.main import create_app

settings = Settings(
    _env_file=None, app_env="local", database_url="postgresql://nobody@127.0.0.1:1/none",
    jwt_secret="b9f1c0d2e3a4958677665544332211ff",
)
assert create_app(settings).state.chat.events is None
print(sorted({name.partition(".")[0] for name in sys.modules} & {"aio_pika", "aiormq", "pamqp"}))
"""


@pytest.mark.slow
def test_nothing_of_it_is_imported() -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "[]"


def test_with_the_url_and_without_the_extra_it_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "aio_pika", None)
    monkeypatch.delitem(sys.modules, "app.chat.events.rabbitmq", raising=False)
    settings = Settings(
        _env_file=None,
        app_env="local",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        jwt_secret=SecretStr("b9f1c0d2e3a4958677665544332211ff"),
        rabbitmq_url=SecretStr("amqp://guest:guest@127.0.0.1/"),
    )
    with pytest.raises(ConfigurationError, match="rabbitmq"):
        create_app(settings)


@pytest.mark.parametrize("url", ["http://host/", "amqp://", "amqp://host:port/", "rabbit"])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="rabbitmq_url"):
        Settings(_env_file=None, rabbitmq_url=url)
