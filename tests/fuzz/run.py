"""Schemathesis over the document, with every check and every phase."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData
from schemathesis.schemas import BaseSchema
from sqlalchemy import Engine

from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from tests.conftest import RATE_LIMITS, SECRET
from tests.fuzz.gone import Gone
from tests.fuzz.journeys import Journeys
from tests.fuzz.refusals import is_on_purpose
from tests.fuzz.report import Report
from tests.support.player import add_user, sheet

SEED = 20261120
# Parameters that name an object, and where its creation answers them.
IDS = {
    "session_token": "session_token",
    "assessmentId": "session_token",
    "assessment_id": "session_token",
    "conversation_id": "id",
    "message_id": "message_id",
}
# What a user is not sent to; nobody is, as everywhere.
LEFT_OUT: Mapping[str, str] = {
    "stream_notifications": "an answer without an end, over which a client only waits",
}
REFUSED: Mapping[str, str] = {
    "auto_initialize_conversation": "for services with the internal key",
}


def settings_for(dsn: str) -> Settings:
    """The offline model, and limits that a fuzzer does not reach."""
    values: dict[str, Any] = {
        "app_env": AppEnv.LOCAL,
        "database_url": dsn,
        "jwt_secret": SECRET,
        "openrouter_api_key": None,
        "log_level": "ERROR",
        **dict.fromkeys(RATE_LIMITS, "100000000/hour"),
    }
    return Settings(_env_file=None, **values)


def config_of(base_url: str, headers: Mapping[str, str], **more: Any) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "base-url": base_url,
            "headers": dict(headers),
            "seed": SEED,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "cache": {"enabled": False},
            # Each costs a request for each operation; all of them are in test_requests_at_the_edge.
            "phases": {"coverage": {"unexpected-methods": ["options", "patch"]}},
            **more,
        }
    )


def short_form(max_examples: int) -> dict[str, Any]:
    """Each phase once, the same cases each time."""
    generation = {"max-examples": max_examples, "deterministic": True, "no-shrink": True}
    return {"generation": {**generation, "database": "none"}}


def long_form(seconds: int) -> dict[str, Any]:
    """New cases until the time is over."""
    return {"max-time": seconds, "generation": {"database": "none"}}


def fuzz(
    base_url: str,
    document: Mapping[str, Any],
    headers: Mapping[str, str],
    plan: Mapping[str, Any],
    enough: Callable[[Report], bool] = lambda _: False,
) -> Report:
    """One run as the user with these headers (none: as nobody), until it ends or has enough."""
    config = config_of(base_url, headers, **plan)
    schema: BaseSchema = schemathesis.openapi.from_dict(dict(document), config=config)
    if headers:
        schema = schema.exclude(operation_id=list(LEFT_OUT))
    report = Report()
    with real_sessions(schema, Journeys(base_url, headers, SEED) if headers else None):
        stream = from_schema(schema).execute()
        for event in stream:
            report.add(event)
            if enough(report):
                stream.stop()
    return report


def user_headers(settings: Settings, engine: Engine) -> dict[str, str]:
    token = issue_token(settings, add_user(engine), timedelta(hours=6))
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def real_sessions(schema: BaseSchema, journeys: Journeys | None) -> Iterator[None]:
    """Hooks that hand real sessions to well-formed requests and let our own rules stand."""
    gone = Gone()

    def filter_failure(_: Any, failure: Failure, case: Any, response: Response) -> bool:
        return is_finding(failure, case, response, gone)

    def after_call(_: Any, case: Any, response: Response) -> None:
        answer = response.json() if case.method == "POST" and response.content else None
        gone.notice(case.method, case.path_parameters or {}, response.status_code, answer)
        if journeys is not None:
            journeys.notice(id_of(case), response.status_code)

    def before_call(_: Any, case: Any, kwargs: dict[str, Any]) -> None:
        if journeys is not None and is_well_formed(case) and not is_stateful(case):
            give_session(case, journeys)

    schema.hook(filter_failure)
    schema.hook(after_call)
    GLOBAL_HOOK_DISPATCHER.hook(before_call)
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)
        if journeys is not None:
            journeys.close()


def id_of(case: Any) -> str:
    return str(case.operation.definition.raw["operationId"])


def is_finding(failure: Failure, case: Any, response: Response, gone: Gone) -> bool:
    """Whether a failed check is none of those that the service fails on purpose."""
    if isinstance(failure, EnsureResourceAvailability):
        return not gone.has(case.path_parameters)
    if isinstance(failure, RejectedPositiveData):
        return not is_on_purpose(id_of(case), response.json(), sent_by(case))
    return True


def sent_by(case: Any) -> dict[str, Any]:
    return {"body": case.body, "path": case.path_parameters, "query": case.query}


def is_well_formed(case: Any) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def is_stateful(case: Any) -> bool:
    """A step of a chain brings the session that the step before has made."""
    return bool(case.meta.phase.name.value == "stateful")


def give_session(case: Any, journeys: Journeys) -> None:
    """Put a real object, and the answers that fit it, in the place of generated ones."""
    body = case.body if isinstance(case.body, dict) else {}
    places = (case.path_parameters or {}, body)
    named = any(IDS.keys() & place.keys() for place in places)
    real = journeys.offer(id_of(case)) if named else None
    if real is None:
        return
    for place in places:
        for name in IDS.keys() & place.keys():
            place[name] = real[IDS[name]]
    if "responses" in body:
        body["responses"] = sheet(real, I=5, C=4, E=4, R=2)["responses"]
