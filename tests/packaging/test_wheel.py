"""The wheel alone: built, installed into a clean environment, serving from an empty folder.

What the Dockerfile does, without an engine. Needs the package registry to build, as `make setup`
does. What the wheel asks for is lent by the tests' own environment, and nothing else is: to choose
it from the registry once more is 13 s of CPU.
"""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement
from pydantic import SecretStr

from app.core.settings import AppEnv, Settings
from app.reference.seed import DEMO_USERS
from tests.support.databases import ROOT
from tests.support.player import Player
from tests.support.ports import own_port
from tests.support.processes import wait_until
from tests.support.server_process import lives

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BUILD_S = 300
START_S = 60.0
STOP_S = 60.0
DATA_FILES = {".toml", ".txt", ".mako", ".json"}
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def files_of_checkout(folder: str, prefix: str) -> set[str]:
    """What of a folder must be in the wheel, by its name there."""
    root = ROOT / folder
    kinds = DATA_FILES | {".py"}
    return {
        f"{prefix}/{path.relative_to(root).as_posix()}"
        for path in root.rglob("*")
        if path.suffix in kinds and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, *PIP, "wheel", str(ROOT), "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run(command, check=True, timeout=BUILD_S)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a virtual environment's programs that knows the wheel and what it asks for."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place)
    # Python compiles what is used; compiling everything takes as long as installing it.
    command = [sys.executable, *PIP, "--python", str(place / "bin" / "python"), "install"]
    command += ["--no-compile", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(command, check=True, timeout=BUILD_S)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (installed,) = distributions(path=[str(packages)])
    for path in {path for asked in asked_for_by(installed) for path in paths_of(asked)}:
        (packages / path.name).symlink_to(path)
    return place / "bin"


def asked_for_by(installed: Distribution) -> list[Distribution]:
    """All that it needs here, and what that needs, as pip would choose it; each once."""
    found: dict[tuple[str, str], Distribution] = {}
    waiting = [(installed, "")]
    while waiting:
        asking, extra = waiting.pop()
        for line in asking.requires or ():
            wanted = Requirement(line)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
                continue
            for of_it in ("", *wanted.extras):
                if (wanted.name, of_it) not in found:
                    found[wanted.name, of_it] = distribution(wanted.name)
                    waiting.append((found[wanted.name, of_it], of_it))
    return list({one.name: one for one in found.values()}.values())


def paths_of(asked: Distribution) -> set[Path]:
    """What it put among the packages, without programs."""
    names = {file.parts[0] for file in asked.files or ()}
    return {Path(str(asked.locate_file(name))) for name in names - {"..", "__pycache__"}}


@contextmanager
def serving(programs: Path, folder: Path) -> Iterator[str]:
    """`kenali-diri serve` in local mode, from `folder`; its data is forgotten afterwards."""
    port = own_port()
    environment = {"APP_ENV": "local", "PATH": f"{programs}:/usr/bin:/bin", "PORT": str(port)}
    program = str(programs / "kenali-diri")
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [program, "serve"], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            wait_until(lambda: server.poll() is not None or lives(base_url), START_S)
            assert lives(base_url), (folder / "server.log").read_text()[-3000:]
            yield base_url
        finally:
            server.terminate()
            server.wait(STOP_S)
            subprocess.run([program, "forget"], cwd=folder, env=environment, check=True)


def test_holds_the_code_its_data_and_the_migrations(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = files_of_checkout("app", "app") | files_of_checkout("alembic", "app/_alembic")
    assert expected - names == set()
    assert {name for name in names if not name.startswith("app/")} == set()
    assert [name for name in names if "__pycache__" in name] == []


async def test_serves_the_journey_from_an_empty_folder(
    clean_environment: Path, tmp_path: Path
) -> None:
    with serving(clean_environment, tmp_path) as base_url:
        secret = SecretStr((tmp_path / ".data" / "jwt_secret").read_text().strip())
        settings = Settings(_env_file=None, app_env=AppEnv.LOCAL, jwt_secret=secret)
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            assert (await client.get("/health")).json()["dependencies"]["database"] == {
                "status": "healthy"
            }
            assert (await client.get("/metrics")).status_code == 200
            assert (await client.get("/docs")).status_code == 200
            player = Player(client, settings, DEMO_USERS[0][0])
            token = await player.reach_ikigai()
            done = await player.answer_all(token)
            result = await player.ok_get(f"/result/recommendation/{token}")
    assert done["status"] == "completed"
    assert [item["rank"] for item in result["recommended_professions"]] == [1, 2]
