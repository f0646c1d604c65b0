"""The Dockerfile by its rules; test_wheel.py plays by hand what it does."""

import fnmatch
import re
import shlex

import pytest

from tests.support.databases import ROOT


def instructions() -> list[tuple[str, str]]:
    """Name and arguments of every instruction, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def values(stage: list[tuple[str, str]], wanted: str) -> list[str]:
    return [rest for name, rest in stage if name == wanted]


def copied_from_context() -> list[str]:
    sources = []
    for stage in stages():
        for rest in values(stage, "COPY"):
            if not rest.startswith("--from"):
                sources += shlex.split(rest)[:-1]
    return sources


def test_two_stages_of_the_same_slim_python() -> None:
    first, second = stages()
    assert values(first, "FROM") == ["python:3.11-slim AS build"]
    assert values(second, "FROM") == ["python:3.11-slim"]


def test_the_image_holds_only_what_the_first_stage_built() -> None:
    _, second = stages()
    assert values(second, "COPY") == ["--from=build /opt/kenali-diri /opt/kenali-diri"]
    assert "pip" not in " ".join(values(second, "RUN"))


def test_it_is_built_as_a_wheel_without_what_developers_need() -> None:
    first, _ = stages()
    commands = " ".join(values(first, "RUN"))
    assert "pip wheel" in commands
    assert "constraints.txt" in commands
    assert "[dev]" not in commands
    assert not re.search(r"pip install[^&]* -e ", commands)


def test_it_does_not_run_as_root() -> None:
    _, second = stages()
    (user,) = values(second, "USER")
    assert int(user) > 0
    names = [name for name, _ in second]
    assert names.index("USER") < names.index("CMD")


def test_it_is_watched_and_serves() -> None:
    _, second = stages()
    (check,) = values(second, "HEALTHCHECK")
    assert "/health/live" in check
    assert values(second, "CMD") == ['["kenali-diri", "serve"]']


def test_no_secret_is_baked_in() -> None:
    text = " ".join(rest for name, rest in instructions() if name in {"ENV", "ARG"})
    assert not re.search(r"PASSWORD|SECRET|KEY|TOKEN", text)


@pytest.mark.parametrize("source", copied_from_context())
def test_what_is_copied_exists_and_reaches_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert not is_ignored(source.removeprefix("./"))


@pytest.mark.parametrize("path", [".env", ".git", ".data", ".venv", "tests", "docs"])
def test_what_must_not_reach_the_builder(path: str) -> None:
    assert is_ignored(path)


def is_ignored(path: str) -> bool:
    """As docker decides for a path at the top: the last pattern that matches wins."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and fnmatch.fnmatch(path, line.removeprefix("!")):
            ignored = not line.startswith("!")
    return ignored
