"""What the OpenAPI document says about Idempotency-Key: the same for every POST with a login."""

from typing import Any

from app.core.errors import responses
from app.core.idempotency import (
    KEY_HEADER,
    KEY_PATTERN,
    MAX_KEY_CHARS,
    REPLAYED_HEADER,
    IdempotencyInProgress,
    IdempotencyKeyReused,
)

BEARER = "bearer"
INTERNAL_KEY = "internalKey"
PROBLEM = "application/problem+json"
KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": (
        "A new key for every call, such as a UUID; the same key only when the very same call is"
        " sent again because its answer was lost. Within 24 hours it then gets the first answer,"
        " and nothing happens twice."
    ),
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_KEY_CHARS,
        "pattern": KEY_PATTERN,
    },
}
REPLAYED = {
    "description": "There when this is the first answer to the same Idempotency-Key.",
    "schema": {"type": "string", "const": "true"},
}
# Not required: other refusals of the same status have none.
RETRY_AFTER = {
    "description": "Seconds after which the first answer may be there",
    "schema": {"type": "integer", "minimum": 1},
}


def document_keys(document: dict[str, Any]) -> None:
    """Add the header, what it brings back, and its two refusals."""
    for methods in document["paths"].values():
        operation = methods.get("post", {})
        if {BEARER: []} in operation.get("security", ()):
            operation.setdefault("parameters", []).append(KEY_PARAMETER)
            answers = operation["responses"]
            success = next(answer for status, answer in answers.items() if status[0] == "2")
            success.setdefault("headers", {})[REPLAYED_HEADER] = REPLAYED
            for status, refusal in responses(IdempotencyInProgress, IdempotencyKeyReused).items():
                _add(answers.setdefault(str(status), refusal), refusal)


def _add(answer: dict[str, Any], refusal: dict[str, Any]) -> None:
    """Beside the other refusals of this status, if there are any."""
    examples = answer["content"][PROBLEM]["examples"]
    examples |= refusal["content"][PROBLEM]["examples"]
    if "headers" in refusal:
        answer["headers"] = {"Retry-After": RETRY_AFTER}
    answer["description"] = ", ".join(examples)
