"""The short form of `make fuzz`: each phase once over the whole document."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from app.core.settings import Settings
from app.main import create_app
from tests.fuzz.gone import Gone
from tests.fuzz.refusals import FORM, STATE, is_on_purpose
from tests.fuzz.run import LEFT_OUT, REFUSED, fuzz, settings_for, short_form, user_headers
from tests.support.access import RULES, operations_of
from tests.support.live_server import live_server

CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "positive_data_acceptance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
    "object_level_authorization",
}


@pytest.fixture
def fuzz_settings(database_dsn: str) -> Settings:
    return settings_for(database_dsn)


@pytest.fixture
def service(fuzz_settings: Settings) -> Iterator[str]:
    with live_server(fuzz_settings) as base_url:
        yield base_url


def test_as_a_user(service: str, fuzz_settings: Settings, engine: Engine) -> None:
    document = create_app(fuzz_settings).openapi()
    headers = user_headers(fuzz_settings, engine)
    report = fuzz(service, document, headers, short_form(5))
    assert not report.failures, str(report)
    assert not report.errors, str(report)
    assert report.server_errors == 0
    assert report.checks.keys() == CHECKS
    assert report.cases.keys() == {"examples", "coverage", "fuzzing", "stateful"}
    operations = {name for name, _, _ in operations_of(document)} - {*LEFT_OUT, *REFUSED}
    assert report.succeeded() == operations, "an operation that never succeeded was not tested"


def test_as_nobody(service: str, fuzz_settings: Settings) -> None:
    document = create_app(fuzz_settings).openapi()
    report = fuzz(service, document, {}, short_form(2))
    assert not report.failures, str(report)
    assert not report.errors, str(report)
    assert report.server_errors == 0
    guarded = {name for name, rule in RULES.items() if rule.needs_login}
    assert not report.succeeded() & guarded


def refusal(*places: str) -> dict[str, Any]:
    errors = [{"location": ["body", place] if place else ["body"]} for place in places]
    return {"code": "validation_failed", "errors": errors}


class TestRefusalsOnPurpose:
    """The exclusions are as narrow as they say."""

    def test_by_state(self) -> None:
        for code in STATE:
            assert is_on_purpose("submit_riasec", {"code": code}, {})
        for code in ("malformed_body", "internal_error", "not_authenticated", ""):
            assert not is_on_purpose("submit_riasec", {"code": code}, {})

    def test_by_form(self) -> None:
        sent = {"body": {"persona_type": "BUILDER"}}
        for operation, place in FORM:
            assert is_on_purpose(operation, refusal(place), sent)
            assert not is_on_purpose("start_ikigai", refusal(place), sent)
            assert not is_on_purpose(operation, refusal(place, "persona_type"), sent)
        assert not is_on_purpose("list_sessions", refusal(), sent)
        assert not is_on_purpose("list_sessions", "text", sent)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(1.0, True), (1.5, False), (1, False), ("a\x00", True), ("a", False), ("\ud800", True)],
    )
    def test_by_value(self, value: object, expected: bool) -> None:
        sent = {"body": {"target_profession_id": value}}
        found = is_on_purpose("start_fit_check", refusal("target_profession_id"), sent)
        assert found == expected

    def test_what_was_deleted(self) -> None:
        gone = Gone()
        gone.notice("POST", {}, 201, {"id": "a"})
        gone.notice("POST", {}, 201, {"id": "b"})
        gone.notice("DELETE", {"id": "a"}, 200, None)
        assert (gone.has({"id": "a"}), gone.has({"id": "b"})) == (True, False)
        gone.notice("DELETE", {}, 401, None)
        assert not gone.has({"id": "b"})
        gone.notice("DELETE", {}, 200, None)
        assert gone.has({"id": "b"})
