"""What the OpenAPI document says beyond what the framework finds in the code.

Examples live beside the code, one JSON file per operation id. A file holds, by the name of the
example, `response` (the body of the 200) and, where the operation takes one, `request`.
Links say what an answer leads to, so that a person or a program can walk the journey.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any

from fastapi import FastAPI

from app.core.errors import Problem, component
from app.core.openapi_keys import BEARER, INTERNAL_KEY, document_keys
from app.core.rate_limits import QUOTA_HEADERS

JSON = "application/json"
Document = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

SCHEMES: Document = {
    BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    INTERNAL_KEY: {"type": "apiKey", "in": "header", "name": "X-Internal-Key"},
}
SECONDS = {"type": "integer", "minimum": 0}
HEADERS: Document = {
    "WWW-Authenticate": {
        "description": "How to identify yourself",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "Retry-After": {
        "description": "Seconds after which another try is worth it",
        "required": True,
        "schema": SECONDS,
    },
    "RateLimit-Limit": {"description": "Requests per window", "schema": SECONDS},
    "RateLimit-Remaining": {"description": "Requests left in this window", "schema": SECONDS},
    "RateLimit-Reset": {"description": "Seconds until the next window", "schema": SECONDS},
}


def leads_to(
    *operations: str, sends: Sequence[str] = (), by: str = "session_token", given: str = ""
) -> Responses:
    """OpenAPI `responses` with links from the 200 to these operations.

    `operations` take the answer's member `by` in their path, `sends` in their body. `given` is
    where the answer has it when that is not its own member: a JSON pointer.
    """
    value = f"$response.body#{given or '/' + by}"
    links: Document = {
        name: {"operationId": name, "parameters": {f"path.{by}": value}} for name in operations
    }
    links |= {name: {"operationId": name, "requestBody": {by: value}} for name in sends}
    return {200: {"links": links}}


def document_examples(app: FastAPI, folder: Traversable) -> None:
    """Have `app.openapi()` show the examples of `folder`.

    Nothing is read before somebody asks for the document, and then once.
    """
    build = app.openapi
    documented: Document | None = None

    def openapi() -> Document:
        nonlocal documented
        document = build()
        if document is not documented:  # FastAPI builds a new one when routes were added
            add_examples(document, folder)
            document_keys(document)
            add_components(document)
            documented = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def add_examples(document: Document, folder: Traversable) -> None:
    """Add to the operations of `document` the examples of those that have a file in `folder`."""
    for operation in operations(document):
        file = folder / f"{operation['operationId']}.json"
        if file.is_file():
            _add(operation, json.loads(file.read_text(encoding="utf-8")))


def add_components(document: Document) -> None:
    """What `responses` and limited routes refer to, once for all operations."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})[Problem.__name__] = Problem.model_json_schema()
    components["headers"] = HEADERS
    components["securitySchemes"] = SCHEMES
    quota = {name: component("headers", name) for name in QUOTA_HEADERS}
    for operation in operations(document):
        answers = operation["responses"]
        if "429" in answers:
            for status in (success_of(operation), "429"):
                answers[status]["headers"] = {**answers[status].get("headers", {}), **quota}


def success_of(operation: Document) -> str:
    """The one status of an operation that is no refusal."""
    statuses: list[str] = list(operation["responses"])
    return next(status for status in statuses if status.startswith("2"))


def operations(document: Document) -> Iterator[Document]:
    for methods in document["paths"].values():
        yield from methods.values()


def _add(operation: Document, examples: Mapping[str, Document]) -> None:
    answered = operation["responses"][success_of(operation)]["content"][JSON]
    answered["examples"] = _values(examples, "response")
    if "requestBody" in operation:
        asked = operation["requestBody"]["content"][JSON]
        asked["examples"] = _values(examples, "request")


def _values(examples: Mapping[str, Document], part: str) -> Document:
    return {name: {"value": example[part]} for name, example in examples.items()}
