"""A pgbouncer of a test's own, with the configuration that docs/operations.md gives."""

import configparser
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.core.process import port_is_free, set_parent_death_signal
from tests.support.databases import ROOT
from tests.support.ports import own_port
from tests.support.processes import wait_until

PLACES = (shutil.which("pgbouncer"), "/usr/sbin/pgbouncer")
TERMINATE = 15


def require_pgbouncer() -> str:
    for place in PLACES:
        if place and Path(place).exists():
            return place
    assert not os.environ.get("CI"), "pgbouncer is missing"
    pytest.skip("no pgbouncer on this machine")


@contextmanager
def pgbouncer(dsn: str, *, connect_query: bool = True, **changes: object) -> Iterator[str]:
    """The address of `dsn` through a pooler, with the guide's settings and these `changes`."""
    program = require_pgbouncer()
    url = make_url(dsn)
    socket_folder = str(url.query["host"])
    owner = Path(socket_folder).stat().st_uid  # a pooler does not run as root
    port = own_port()
    with tempfile.TemporaryDirectory(prefix="kenali-pooler-") as name:
        folder = Path(name)
        _configure(folder, dsn, {"listen_port": port, **changes}, connect_query=connect_query)
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner, -1)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, str(folder / "pgbouncer.ini")],
                user=owner if os.getuid() == 0 else None,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - a single system call
            )
            try:
                started = wait_until(lambda: not port_is_free("127.0.0.1", port), 10)
                assert started, (folder / "log").read_text()
                yield f"postgresql://{url.username}@127.0.0.1:{port}/{url.database}"
            finally:
                process.terminate()
                process.wait(10)


def guide_settings() -> configparser.ConfigParser:
    """What the guide tells an operator to write."""
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```ini\n(\[databases\].*?)```", guide, re.DOTALL)
    found = configparser.ConfigParser(interpolation=None)
    found.read_string(written)
    return found


def _configure(folder: Path, dsn: str, changes: dict[str, object], *, connect_query: bool) -> None:
    """As in the guide, but for places, and for logins: who reaches the socket is trusted."""
    url = make_url(dsn)
    found = guide_settings()
    line = found["databases"].pop("kenali_diri")
    line = line.replace("host=db.internal", f"host={url.query['host']}")
    line = line.replace("dbname=kenali_diri", f"dbname={url.database}")
    if not connect_query:
        line = line.partition(" connect_query=")[0]
    port = f"port={url.port or url.query.get('port') or 5432}"
    found["databases"][str(url.database)] = line.replace("port=5432", port)
    (folder / "userlist.txt").write_text(f'"{url.username}" ""\n')
    own = found["pgbouncer"]
    users = str(folder / "userlist.txt")
    changes = {"unix_socket_dir": "", "auth_type": "trust", "auth_file": users, **changes}
    for name, value in changes.items():
        own[name] = str(value)
    with (folder / "pgbouncer.ini").open("w") as file:
        found.write(file)


def _end_with_the_tests() -> None:
    set_parent_death_signal(TERMINATE)
