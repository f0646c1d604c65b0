"""The OpenAPI document is a contract too, and /docs needs no network."""

import re
from typing import Any

import httpx
import pytest

from tests.support.problems import assert_for_a_person

# Names that clients are generated from: they never change; new routes add theirs.
OPERATIONS = {
    "get_liveness",
    "get_health",
    "get_metrics",
    "start_recommendation",
    "start_fit_check",
    "get_session_progress",
    "list_riasec_questions",
    "get_session_questions",
    "submit_riasec",
    "get_riasec_result",
    "list_ikigai_dimensions",
    "start_ikigai",
    "get_ikigai_content",
    "submit_ikigai_dimension",
    "finalize_ikigai",
    "get_ikigai_result",
    "get_recommendation_result",
}
WITHOUT_LOGIN = {
    "get_liveness",
    "get_health",
    "get_metrics",
    "list_riasec_questions",
    "list_ikigai_dimensions",
}
LOGIN = {
    "not_authenticated",
    "role_not_allowed",
    "validation_failed",
    "body_too_large",
    "internal_error",
    "overloaded",
    "database_unavailable",
}
IKIGAI = {"session_not_found", "not_recommendation_session", "invalid_session_status"}
ERRORS = {
    "start_recommendation": {"malformed_body"},
    "get_session_progress": {"session_not_found"},
    "get_session_questions": {"session_not_found"},
    "submit_riasec": {
        "malformed_body",
        "session_not_found",
        "question_set_mismatch",
        "question_type_mismatch",
        "riasec_already_submitted",
        "invalid_profile",
        "no_candidates",
    },
    "get_riasec_result": {"session_not_found", "invalid_session_status"},
    "start_ikigai": {*IKIGAI, "malformed_body", "candidates_not_found", "no_candidates"},
    "get_ikigai_content": {*IKIGAI, "candidates_not_found", "no_candidates"},
    "submit_ikigai_dimension": {
        *IKIGAI,
        "malformed_body",
        "dimension_already_answered",
        "profession_not_a_candidate",
        "candidates_not_found",
        "no_candidates",
        "result_not_found",
    },
    "finalize_ikigai": {
        *IKIGAI,
        "malformed_body",
        "ikigai_not_completed",
        "no_candidates",
        "result_not_found",
    },
    "get_ikigai_result": {*IKIGAI, "result_not_found"},
    "get_recommendation_result": {*IKIGAI, "result_not_found"},
}
PROBLEM = "application/problem+json"
HEALTH_STATES = {("get_health", "503"), ("get_chat_health", "503")}
SCHEMA = "#/components/schemas/Problem"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "error"}


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [found for path in document["paths"].values() for found in path.values()]
    named = {found["operationId"]: found for found in found}
    assert len(named) == len(found)
    return named


def problems(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The example documents of an operation, by code."""
    return {
        code: example["value"]
        for answer in operation["responses"].values()
        for code, example in answer.get("content", {}).get(PROBLEM, {}).get("examples", {}).items()
    }


# From a result: the conversation is opened, or it is there.
SUCCESSES = {
    "create_conversation": {"201"},
    "create_conversation_from_assessment": {"200", "201"},
}


class TestOperations:
    def test_ids_are_stable(self, document: dict[str, Any]) -> None:
        assert operations(document).keys() >= OPERATIONS

    def test_ids_are_readable(self, document: dict[str, Any]) -> None:
        assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in operations(document))

    def test_each_says_what_it_does(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            assert operation.get("description"), name
            assert operation["tags"], name

    def test_success_is_always_200_but_for_a_new_conversation(
        self, document: dict[str, Any]
    ) -> None:
        for name, operation in operations(document).items():
            success = SUCCESSES.get(name, {"200"})
            assert {s for s in operation["responses"] if s.startswith("2")} == success, name


class TestErrors:
    @pytest.mark.parametrize("name", ERRORS)
    def test_every_error_of_a_route(self, document: dict[str, Any], name: str) -> None:
        assert problems(operations(document)[name]).keys() >= ERRORS[name] | LOGIN

    def test_every_route_of_the_api(self, document: dict[str, Any]) -> None:
        for path, found in document["paths"].items():
            if path.startswith("/api/"):
                for operation in found.values():
                    assert problems(operation).keys() >= {"internal_error", "body_too_large"}

    def test_are_problem_documents(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            for status, answer in operation["responses"].items():
                if status in {"200", "201"} or (name, status) in HEALTH_STATES:
                    continue
                if status == "304":
                    continue
                assert answer["content"].keys() == {PROBLEM}, (name, status)
                assert answer["content"][PROBLEM]["schema"] == {"$ref": SCHEMA}, (name, status)
        assert document["components"]["schemas"]["Problem"]["properties"].keys() >= MEMBERS

    def test_examples_are_true(self, document: dict[str, Any]) -> None:
        for operation in operations(document).values():
            for status, answer in operation["responses"].items():
                examples = answer.get("content", {}).get(PROBLEM, {}).get("examples", {})
                for code, example in examples.items():
                    value = example["value"]
                    assert (str(value["status"]), value["code"]) == (status, code)
                    assert value["error"] == value["detail"]
                    assert_for_a_person(value["detail"])

    def test_no_schema_of_the_framework(self, document: dict[str, Any]) -> None:
        assert not {"HTTPValidationError", "ValidationError"} & set(
            document["components"]["schemas"]
        )


class TestLogin:
    def test_bearer_scheme(self, document: dict[str, Any]) -> None:
        scheme = document["components"]["securitySchemes"]["bearer"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")

    def test_on_every_route_that_needs_it(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            if name in OPERATIONS:
                open_to_all = name in WITHOUT_LOGIN
                assert operation.get("security") == (None if open_to_all else [{"bearer": []}])


class TestDocs:
    async def test_without_a_network(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/docs")
        assert page.status_code == 200
        assert not re.search(r"(?:https?:)?//(?!test\b)[\w.-]+\.\w+", page.text), page.text
        assets = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
        assert any(asset.endswith(".js") for asset in assets)
        assert any(asset.endswith(".css") for asset in assets)
        for asset in assets:
            response = await client.get(asset)
            assert response.status_code == 200, asset
            assert len(response.content) > 100

    async def test_the_document_is_served(
        self, client: httpx.AsyncClient, document: dict[str, Any]
    ) -> None:
        response = await client.get("/openapi.json")
        assert response.json() == document

    async def test_no_second_page_that_needs_one(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/redoc")).status_code == 404
