"""`make run`: a ready token and curl line, documentation without a network, room for others."""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import psycopg2
import pytest

from app.core.embedded.placement import place
from tests.support.checkouts import Checkout
from tests.support.ports import own_port

pytestmark = pytest.mark.slow

LAST_WELCOME = "persona_type"  # in the last line of the curl call


@dataclass(frozen=True)
class Running:
    checkout: Checkout
    port: int
    welcome: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_until(mark: str, lines: Iterable[str]) -> str:
    """The lines up to and with the first that holds `mark`."""
    read = ""
    for line in lines:
        read += line
        if mark in line:
            break
    return read


@pytest.fixture(scope="module")
def running(checkout: Checkout) -> Iterator[Running]:
    """`make run`, as far as it has printed what a person needs; quiet when it ends."""
    port = own_port()
    make = checkout.start("make", "run", f"PORT={port}")
    assert make.stdout is not None
    yield Running(checkout, port, read_until(LAST_WELCOME, make.stdout))
    make.terminate()
    make.communicate(timeout=10)
    assert checkout.is_quiet(), checkout.leftovers()


def commands_of(welcome: str) -> str:
    """What a person copies into a shell."""
    return welcome[welcome.index("export TOKEN=") :]


class TestRun:
    @pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
    def test_token_and_curl_line_work_at_once(self, running: Running) -> None:
        answer = running.checkout.run("bash", "-c", commands_of(running.welcome))
        assert '"session_token":"' in answer.out, running.welcome + answer.out

    def test_documentation_without_network(self, running: Running) -> None:
        with httpx.Client(base_url=running.base_url, timeout=20) as client:
            page = client.get("/docs").text
            assert not re.search(r"https?://|['\"]//", page)
            assets = re.findall(r"(?:src|href)=\"([^\"]+)\"|url: '([^']+)'", page)
            found = [first or second for first, second in assets]
            assert "/openapi.json" in found
            assert len(found) >= 3
            assert {client.get(path).status_code for path in found} == {200}

    def test_demo_beside_it_shares_its_cluster(self, running: Running) -> None:
        supervisor = running.checkout.supervisor()
        demo = running.checkout.start("make", "demo")
        assert demo.stdout is not None
        shared = [running.checkout.supervisor() for line in demo.stdout if "server ready" in line]
        _, err = demo.communicate()
        assert (demo.returncode, err) == (0, "")
        assert shared == [supervisor]
        assert running.checkout.supervisor() == supervisor
        assert httpx.get(f"{running.base_url}/health").json()["dependencies"]["database"] == {
            "status": "healthy"
        }

    def test_serves_as_a_role_that_no_policy_lets_through(self, running: Running) -> None:
        """The cluster knows its superuser only; the service is not it."""
        assert httpx.get(f"{running.base_url}/health", timeout=20).is_success  # it has connected
        home = place(running.checkout.data_dir).home
        asked = (
            "SELECT DISTINCT rolname, rolsuper OR rolbypassrls FROM pg_stat_activity"
            " JOIN pg_roles ON rolname = usename WHERE application_name LIKE 'kenali-diri%'"
        )
        dsn = f"postgresql://postgres@/kenali_diri?host={home}&port=5432"
        with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(asked)
            assert cursor.fetchall() == [("kenali_diri", False)]
            cursor.execute("SELECT count(*) FROM users")
            assert cursor.fetchone() != (0,)
            cursor.execute("INSERT INTO chat.conversations (user_id) SELECT id FROM users LIMIT 1")
            cursor.execute("SET ROLE kenali_diri")
            cursor.execute("SELECT count(*) FROM chat.conversations")
            assert cursor.fetchone() == (0,)
            connection.rollback()
        assert "row_security_bypassed" not in running.welcome

    def test_busy_port(self, running: Running) -> None:
        end = running.checkout.run("make", "run", f"PORT={running.port}")
        assert end.status != 0
        assert end.out == ""
        line, of_make = end.err.splitlines()
        assert line == (
            f"kenali-diri: port {running.port} is busy; choose another with PORT= or --port"
        )
        assert of_make.endswith("Error 1")

    def test_forget_while_it_runs(self, running: Running) -> None:
        end = running.checkout.run("make", "clean")
        assert end.status != 0
        assert "stop it first" in end.err
        assert running.checkout.data_dir.exists()
