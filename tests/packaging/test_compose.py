"""docker-compose.yml by its rules; no engine is needed to read it."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from app.cli.serve import GRACEFUL_SHUTDOWN_S
from app.core.settings import Settings
from app.services import DRAIN_S
from tests.support.databases import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"migrate"}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|AUTH$")
REFERENCE = re.compile(r"\$\{(\w+)(:[-?][^}]*)?\}")


def service(name: str) -> Any:
    return pytest.param(name, SERVICES[name], id=name)


EVERY_SERVICE = [service(name) for name in SERVICES]


def references(node: object) -> set[str]:
    """The variables that compose fills in."""
    return {found[0] for found in REFERENCE.findall(yaml.safe_dump(node))}


def test_what_runs() -> None:
    assert SERVICES.keys() == {"api", "migrate", "db", "redis", "rabbitmq"}
    optional = {name: given["profiles"] for name, given in SERVICES.items() if "profiles" in given}
    assert optional == {"rabbitmq": ["messaging"]}
    assert SERVICES["db"]["image"] == "postgres:16"
    assert SERVICES["redis"]["image"] == "redis:7"
    assert SERVICES["api"]["build"] == SERVICES["migrate"]["build"] == "."


@pytest.mark.parametrize(("name", "given"), EVERY_SERVICE)
def test_restarts_and_is_watched_or_runs_once(name: str, given: dict[str, Any]) -> None:
    if name in ONE_SHOT:
        assert given["restart"] == "no"
        assert given["healthcheck"] == {"disable": True}
    else:
        assert given["restart"] == "unless-stopped"
        assert given["healthcheck"]["test"]
        assert given["healthcheck"]["retries"] > 1


def test_the_broker_has_a_password_or_lets_nobody_in() -> None:
    """Compose fills in what stands in a profile even when nothing of it is started."""
    given = SERVICES["rabbitmq"]["environment"]
    assert given["RABBITMQ_DEFAULT_PASS"] == "${RABBITMQ_PASSWORD:-}"


@pytest.mark.parametrize(
    ("name", "given"), [service(name) for name in SERVICES if name != "rabbitmq"]
)
def test_no_secret_stands_in_the_file(name: str, given: dict[str, Any]) -> None:
    secrets = {key: v for key, v in given["environment"].items() if SECRET_NAME.search(key)}
    assert secrets
    for value in secrets.values():
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), "must come from .env, or nothing starts"
    assert not re.search(r"://[^/\s]*:[^/\s]*@", yaml.safe_dump(given))


def test_api_waits_for_what_it_needs() -> None:
    needs = {name: how["condition"] for name, how in SERVICES["api"]["depends_on"].items()}
    assert needs == {
        "db": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    role = "${DB_USER:-kenali_diri}"
    migrate = f"kenali-diri migrate --role {role} && kenali-diri seed"
    assert SERVICES["migrate"]["command"][-1] == migrate
    assert SERVICES["api"]["environment"]["DB_USER"] == role


def test_the_service_is_not_the_owner_of_the_database() -> None:
    """Who owns the cluster is superuser there, and no policy binds a superuser."""
    owner = SERVICES["db"]["environment"]["POSTGRES_USER"]
    assert SERVICES["migrate"]["environment"]["DB_USER"] == owner
    assert SERVICES["api"]["environment"]["DB_USER"] != owner


def test_only_the_api_is_reachable_from_outside() -> None:
    assert {name for name, given in SERVICES.items() if "ports" in given} == {"api"}
    assert SERVICES["api"]["ports"] == ["${PORT:-8000}:8000"]
    assert SERVICES["api"]["environment"]["PORT"] == "8000"


@pytest.mark.parametrize("name", ["api", "migrate"])
def test_the_service_reads_dotenv_and_finds_its_neighbours(name: str) -> None:
    given = SERVICES[name]
    assert given["env_file"] == ".env"
    assert given["environment"]["DB_HOST"] == "db"
    assert given["environment"]["REDIS_HOST"] == "redis"
    names = {field.upper() for field in Settings.model_fields}
    assert given["environment"].keys() <= names
    assert references(given) <= names


def test_data_outlives_the_container() -> None:
    assert SERVICES["db"]["volumes"] == ["db:/var/lib/postgresql/data"]
    assert SERVICES["rabbitmq"]["volumes"] == ["rabbitmq:/var/lib/rabbitmq"]
    assert COMPOSE["volumes"].keys() == {"db", "rabbitmq"}


def test_the_database_logs_no_row_and_no_statement() -> None:
    command = SERVICES["db"]["command"]
    assert {"log_error_verbosity=terse", "log_min_error_statement=panic"} <= set(command)


@pytest.mark.parametrize("name", ["migrate", "redis"])
def test_shell_lines_are_well_formed(name: str) -> None:
    shell, option, line = SERVICES[name]["command"]
    assert (shell, option) == ("sh", "-c")
    subprocess.run(["sh", "-n", "-c", line.replace("$$", "$")], check=True)


def test_a_graceful_stop_is_not_cut() -> None:
    """Requests have their time, then scoring, content and personality texts have theirs."""
    seconds = int(SERVICES["api"]["stop_grace_period"].removesuffix("s"))
    assert seconds > GRACEFUL_SHUTDOWN_S + 3 * DRAIN_S
