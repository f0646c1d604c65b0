"""The Go program of contracts/go, built once: it reads and writes the tables as Go's admin does."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import ROOT

SOURCES = ROOT / "contracts" / "go"
PACKAGES = Path("/usr/share/gocode")  # where the machine's package manager puts libraries
LIBRARIES = ("github.com/lib/pq", "github.com/jinzhu/gorm")


@dataclass(frozen=True)
class GoAdmin:
    binary: Path
    dsn: str

    def run(self, *arguments: str) -> Any:
        """What a command printed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments],
            env={"DATABASE_URL": self.dsn, "PGTZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


def require_go() -> None:
    """Skip where Go or its libraries are missing; where CI is set that is a failure."""
    sources = [PACKAGES / "src" / library for library in LIBRARIES]
    if shutil.which("go") is None or not all(map(Path.is_dir, sources)):
        if os.environ.get("CI"):
            pytest.fail("CI installs Go, lib/pq and gorm from the machine's packages")
        pytest.skip("no Go with lib/pq and gorm among the machine's packages")


def go(cache: Path, *arguments: str) -> str:
    """The output of the go command in the program's folder, without network and modules."""
    done = subprocess.run(
        ["go", *arguments],
        cwd=SOURCES,
        env={
            **os.environ,
            "GO111MODULE": "off",
            "GOPATH": str(PACKAGES),
            "GOCACHE": str(cache),
            "GOFLAGS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(folder: Path) -> Path:
    """The binary of the sources as they are now, built by the first worker that asks."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for source in sorted(SOURCES.glob("*.go")):
        digest.update(source.read_bytes())
    binary = folder / f"admin-{digest.hexdigest()[:12]}"
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            draft = binary.with_suffix(".draft")
            go(folder / "cache", "build", "-o", str(draft), ".")
            draft.rename(binary)
    return binary
