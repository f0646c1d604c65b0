"""Every example of the OpenAPI document is valid, and the service really answers so."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import BaseModel, JsonValue
from sqlalchemy import Engine

from app.career_profile.ikigai.schemas import DimensionSubmission, SessionReference
from app.career_profile.riasec.schemas import RiasecSubmission
from app.career_profile.sessions.schemas import StartFitCheck, StartRecommendation
from app.chat.assessment.schemas import (
    AddAssessment,
    AutoInitialize,
    FromAssessment,
    Initialize,
)
from app.chat.conversations.schemas import CreateConversation, UpdateConversation
from app.chat.turns.schemas import SendMessage
from app.core.errors import DomainError, RateLimited
from app.core.openapi import JSON, operations, success_of
from app.core.settings import Settings
from app.main import create_app
from tests.support import rows
from tests.support.player import Player
from tests.support.record_examples import FOLDER, file_of, text_of
from tests.support.recorded_journey import Examples
from tests.support.scenes import SCENES, Stage

REQUESTS: dict[str, type[BaseModel]] = {
    "start_recommendation": StartRecommendation,
    "start_fit_check": StartFitCheck,
    "submit_riasec": RiasecSubmission,
    "start_ikigai": SessionReference,
    "submit_ikigai_dimension": DimensionSubmission,
    "finalize_ikigai": SessionReference,
    "create_conversation": CreateConversation,
    "update_conversation": UpdateConversation,
    "create_conversation_from_assessment": FromAssessment,
    "add_assessment_context": AddAssessment,
    "auto_initialize_conversation": AutoInitialize,
    "initialize_assessment_conversation": Initialize,
    "send_message": SendMessage,
}
# Text in Prometheus's format; an event stream, whose example stands with its route.
WITHOUT_EXAMPLE = {"get_metrics", "stream_notifications"}
PROBLEM = "application/problem+json"
Document = dict[str, Any]


def by_id(document: Document) -> dict[str, Document]:
    return {
        operation["operationId"]: operation
        for operation in operations(document)
        if operation["operationId"] not in WITHOUT_EXAMPLE
    }


def answered(operation: Document) -> Document:
    """Schema and examples of the success."""
    found: Document = operation["responses"][success_of(operation)]["content"][JSON]
    return found


def asked(operation: Document) -> Document:
    found: Document = operation["requestBody"]["content"][JSON]
    return found


def assert_valid(document: Document, schema: Document, value: JsonValue) -> None:
    """By the schema of the document; a member that it does not name is an error too."""
    components = copy.deepcopy(document["components"])
    for component in components["schemas"].values():
        if "properties" in component:
            component.setdefault("additionalProperties", False)
    Draft202012Validator({**schema, "components": components}).validate(value)


def problem_examples(document: Document) -> Iterator[tuple[Document, str, Document]]:
    """Schema, code and value of every example of a refusal."""
    for operation in operations(document):
        for response in operation["responses"].values():
            content = response.get("content", {}).get(PROBLEM, {"examples": {}})
            for code, example in content["examples"].items():
                yield content["schema"], code, example["value"]


def every_error() -> dict[str, type[DomainError]]:
    found, pending = {}, [DomainError]
    while pending:
        error = pending.pop()
        found[error.code] = error
        pending += [child for child in error.__subclasses__() if child.__module__[:4] == "app."]
    return found


class TestDocument:
    def test_every_operation_has_an_answer(self, document: Document) -> None:
        for name, operation in by_id(document).items():
            assert answered(operation)["examples"], name

    def test_every_body_has_a_request(self, document: Document) -> None:
        with_body = {name for name, found in by_id(document).items() if "requestBody" in found}
        assert with_body == REQUESTS.keys()
        for name in with_body:
            operation = by_id(document)[name]
            assert asked(operation)["examples"].keys() == answered(operation)["examples"].keys()

    def test_no_file_is_left_over(self, document: Document) -> None:
        assert {path.name for path in FOLDER.iterdir()} == {
            file_of(name).name for name in by_id(document)
        }

    def test_both_answers_of_a_submission(self, document: Document) -> None:
        examples = answered(by_id(document)["submit_ikigai_dimension"])["examples"].values()
        assert {example["value"]["status"] for example in examples} == {
            "ikigai_ongoing",
            "completed",
        }

    def test_is_built_once(self, app: FastAPI) -> None:
        assert app.openapi() is app.openapi()

    def test_a_route_added_later_is_documented_too(self, app: FastAPI) -> None:
        before = app.openapi()
        app.add_api_route("/later", lambda: {}, operation_id="get_later", response_model=None)
        assert "/later" in app.openapi()["paths"]
        assert answered(by_id(before)["get_health"]) == answered(by_id(app.openapi())["get_health"])

    def test_starting_reads_no_example(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process starts as quickly as without them."""
        monkeypatch.setattr("app.core.openapi.add_examples", None)
        app = create_app(settings)
        with pytest.raises(TypeError):
            app.openapi()


class TestRequests:
    @pytest.mark.parametrize("name", REQUESTS)
    def test_valid_by_schema_and_model(self, document: Document, name: str) -> None:
        content = asked(by_id(document)[name])
        for example in content["examples"].values():
            assert_valid(document, content["schema"], example["value"])
            REQUESTS[name].model_validate(example["value"])

    def test_an_invalid_one_would_be_noticed(self, document: Document) -> None:
        content = asked(by_id(document)["start_fit_check"])
        good = content["examples"]["answer"]["value"]
        validator = Draft202012Validator(
            {**content["schema"], "components": document["components"]}
        )
        assert validator.is_valid(good)
        for wrong in ({"persona_type": "DREAMER"}, {"target_profession_id": "7"}, {"more": 1}):
            assert not validator.is_valid({**good, **wrong})


class TestAnswers:
    def test_valid_by_schema(self, document: Document) -> None:
        for operation in by_id(document).values():
            content = answered(operation)
            for example in content["examples"].values():
                assert_valid(document, content["schema"], example["value"])

    def test_really_answered_so(self, recorded: dict[str, Examples]) -> None:
        """Differs? `python -m tests.support.record_examples` records them anew."""
        for name, examples in recorded.items():
            published = json.loads(file_of(name).read_text(encoding="utf-8"))
            assert exactly(published) == exactly(examples), f"{name} has changed"

    def test_nothing_else_is_published(self, recorded: dict[str, Examples]) -> None:
        assert {path.stem for path in FOLDER.iterdir()} == recorded.keys()

    def test_the_document_shows_what_is_published(self, document: Document) -> None:
        for name, operation in by_id(document).items():
            published = json.loads(file_of(name).read_text(encoding="utf-8"))
            shown = answered(operation)["examples"]
            assert {key: example["value"] for key, example in shown.items()} == {
                key: example["response"] for key, example in published.items()
            }


def exactly(value: Any) -> list[str]:
    """As text, so that 1, 1.0 and true differ; the order of members does not matter."""
    return text_of(json.loads(json.dumps(value, sort_keys=True))).splitlines()


class TestRefusals:
    def test_are_problems(self, document: Document) -> None:
        for schema, code, value in problem_examples(document):
            assert_valid(document, schema, value)
            assert value["code"] == code

    def test_carry_the_detail_of_their_code(self, document: Document) -> None:
        errors = every_error()
        for _, code, value in problem_examples(document):
            kind = errors[code]
            error = kind(value["retryAfter"]) if issubclass(kind, RateLimited) else kind()
            assert value["detail"] == value["error"] == error.detail
            assert value["status"] == error.status

    def test_are_the_same_everywhere(self, document: Document) -> None:
        found: dict[str, Document] = {}
        for _, code, value in problem_examples(document):
            assert found.setdefault(code, value) == value

    @pytest.mark.parametrize("code", SCENES)
    async def test_really_answered_so(
        self, document: Document, code: str, player: Player, engine: Engine, app: FastAPI
    ) -> None:
        example = {code: value for _, code, value in problem_examples(document)}.get(code)
        if example is None:
            assert code in {"not_found", "method_not_allowed"}  # of no route
            return
        response = await SCENES[code](Stage(player, engine, app))
        rows.forget_professions(engine)
        problem = response.json()
        assert problem.keys() == example.keys()
        of_the_request = {"request_id", *(example.keys() - MEMBERS)}
        for member in example.keys() - of_the_request:
            assert problem[member] == example[member]
        for member in of_the_request:
            assert type(problem[member]) is type(example[member])


MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "error"}
