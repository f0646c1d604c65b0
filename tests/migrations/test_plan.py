"""`python -m app migrate --plan`: what would be done, and nothing is."""

import pytest
from sqlalchemy import Engine

from app.__main__ import main
from app.migrations import upgrade_to_head
from tests.conftest import SECRET
from tests.support.starting_points import SESSIONS, beside_go, columns, contents, load

SHOWN = f"""\
{SESSIONS}:
  - add column test_goal character varying(50) default 'RECOMMENDATION'
  - add column uses_ikigai boolean default false
  - existing rows get true unless they are fit checks in uses_ikigai
ikigai_candidate_professions:
  - existing rows get the length of their list in total_candidates
""".splitlines()


@pytest.fixture(autouse=True)
def _logging_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command would log to what this test captures, and later tests with it."""
    monkeypatch.setattr("app.cli.environment.configure_logging", lambda *_, **__: None)


def plan(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("APP_ENV", "local")
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", url)
    code = main(["migrate", "--plan"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_of_tables_to_adopt(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with beside_go(server_dsn) as engine:
        load(engine, "candidates")
        before = (contents(engine), columns(engine))
        code, out, _ = plan(engine, monkeypatch, capsys)
        lines = out.splitlines()
        assert code == 0
        assert "  20261120_career_profile: " in out
        assert set(SHOWN) <= set(lines)
        assert "make 10 tables of the career profile and complete 2 of the 2 that exist" in out
        assert lines[-1].endswith("Nothing was changed now.")
        assert (contents(engine), columns(engine)) == before


def test_of_tables_that_do_not_fit(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with beside_go(server_dsn) as engine:
        load(engine, "incompatible")
        code, out, err = plan(engine, monkeypatch, capsys)
        assert (code, out) == (1, "")
        first, *others = err.splitlines()
        assert first == "kenali-diri: existing tables do not fit, nothing was changed:"
        assert f"kenali-diri:   - {SESSIONS}.id is uuid; bigint is needed" in others
        assert len(others) == 12


def test_of_a_database_that_is_ready(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with beside_go(server_dsn) as engine:
        upgrade_to_head(engine)
        capsys.readouterr()
        assert plan(engine, monkeypatch, capsys)[:2] == (
            0,
            "Nothing to do: the database is at the newest revision.\n",
        )
