"""`python -m app rescore`: proves that a stored result is what its trace leads to."""

from sqlalchemy import Engine

from app.career_profile.decimals import exact
from app.career_profile.results.replay import NotReplayableError, find_differences
from app.career_profile.results.repository import find_run_for_replay
from app.cli.environment import engine_of, ready_settings
from app.cli.problems import CommandError
from app.core.settings import Settings

MAX_PATHS = 20


def rescore(session_token: str) -> bool:
    """Print one line, `ok` or `differs` with the paths; whether the result was proven.

    Only reads. The evidence floor is the setting of now: a run from before a change of
    EVIDENCE_FLOOR is replayed with the value of that day in the environment.
    """
    with ready_settings() as (settings, _embedded):
        engine = engine_of(settings)
        try:
            return _report(engine, settings, session_token)
        finally:
            engine.dispose()


def _report(engine: Engine, settings: Settings, session_token: str) -> bool:
    with engine.connect() as connection:
        found = find_run_for_replay(connection, session_token)
    if found is None:
        raise CommandError("there is no session with this token")
    if found.run is None:
        raise CommandError(f"the session has no stored recommendation (it is {found.status})")
    try:
        paths = find_differences(found.run, exact(settings.evidence_floor))
    except NotReplayableError:
        raise CommandError("the session was scored before traces were kept") from None
    if not paths:
        print("ok: the stored result is what its trace leads to")
        return True
    more = f" and {len(paths) - MAX_PATHS} more" if len(paths) > MAX_PATHS else ""
    print(f"differs: {', '.join(paths[:MAX_PATHS])}{more}")
    return False
