"""PostgreSQL and Redis over TLS, with nothing but the URL; and no word to an impostor."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.embedded import server
from app.core.errors import DatabaseUnavailable
from app.core.redis import RedisLink
from app.core.settings import Settings
from tests.migrations.conftest import packaged_binaries
from tests.support.ports import own_port
from tests.support.postgres_server import PostgresServer
from tests.support.redis_server import RedisServer, require_redis_server
from tests.support.sim_tls import Certificate

pytestmark = pytest.mark.slow
IN_USE = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@dataclass(frozen=True)
class Secured:
    """Both servers show the certificate `trusted`; `strange` is another authority's."""

    postgres_port: int
    redis_port: int
    trusted: Path
    strange: Path

    def database_url(self, authority: Path) -> str:
        return (
            f"postgresql://postgres@127.0.0.1:{self.postgres_port}/postgres"
            f"?sslmode=verify-full&sslrootcert={authority}"
        )

    def redis_url(self, authority: Path) -> str:
        return f"rediss://127.0.0.1:{self.redis_port}/0?ssl_ca_certs={authority}"


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """The embedded PostgreSQL speaks no TLS: that of the machine's packages does."""
    require_redis_server()
    binaries = packaged_binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs PostgreSQL from the machine's packages")
        pytest.skip("no PostgreSQL among the machine's packages")
    folder = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
    folder.chmod(0o755)
    postgres = PostgresServer(folder, binaries)
    certificate, key = Certificate().write(folder, postgres.uid)
    strange = folder / "strange.crt"
    strange.write_bytes(Certificate().pem)
    ports = own_port(), own_port()
    over_tls = {
        "listen_addresses": "127.0.0.1",
        "port": str(ports[0]),
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
    }
    of_redis = (
        *("--tls-port", str(ports[1]), "--tls-cert-file", str(certificate)),
        *("--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)),
        *("--tls-auth-clients", "no"),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in over_tls.items():
            patch.setitem(server._SETTINGS, name, value)
        with postgres, RedisServer(folder, *of_redis):
            yield Secured(*ports, certificate, strange)
    shutil.rmtree(folder)


def database_of(url: str) -> Database:
    return Database(Settings(_env_file=None, app_env="local"), url)


class TestPostgres:
    async def test_the_url_switches_it_on(self, secured: Secured) -> None:
        database = database_of(secured.database_url(secured.trusted))
        assert await database.read(lambda c: c.scalar(text(IN_USE))) is True
        database.close()

    def test_also_of_connections_for_jobs_and_notifications(self, secured: Secured) -> None:
        with psycopg.connect(secured.database_url(secured.trusted)) as connection:
            assert connection.execute(IN_USE).fetchone() == (True,)

    async def test_a_server_of_another_authority_is_refused(self, secured: Secured) -> None:
        database = database_of(secured.database_url(secured.strange))
        with pytest.raises(DatabaseUnavailable):
            await database.read(lambda c: c.scalar(text(IN_USE)))
        database.close()


class TestRedis:
    async def test_the_url_switches_it_on(self, secured: Secured) -> None:
        link = RedisLink(secured.redis_url(secured.trusted))
        assert await link.answers()
        await link.aclose()

    async def test_a_server_of_another_authority_is_refused(self, secured: Secured) -> None:
        link = RedisLink(secured.redis_url(secured.strange))
        assert not await link.answers()
        await link.aclose()
