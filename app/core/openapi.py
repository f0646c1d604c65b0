"""The OpenAPI document with examples that live beside the code, one JSON file per operation id.

A file holds, by the name of the example, `response` (the body of the 200) and, where the operation
takes one, `request`.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any

from fastapi import FastAPI

JSON = "application/json"
Document = dict[str, Any]


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
            documented = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def add_examples(document: Document, folder: Traversable) -> None:
    """Add to the operations of `document` the examples of those that have a file in `folder`."""
    for operation in operations(document):
        file = folder / f"{operation['operationId']}.json"
        if file.is_file():
            _add(operation, json.loads(file.read_text(encoding="utf-8")))


def operations(document: Document) -> Iterator[Document]:
    for methods in document["paths"].values():
        yield from methods.values()


def _add(operation: Document, examples: Mapping[str, Document]) -> None:
    answered = operation["responses"]["200"]["content"][JSON]
    answered["examples"] = _values(examples, "response")
    if "requestBody" in operation:
        asked = operation["requestBody"]["content"][JSON]
        asked["examples"] = _values(examples, "request")


def _values(examples: Mapping[str, Document], part: str) -> Document:
    return {name: {"value": example[part]} for name, example in examples.items()}
