"""What the checks ask for and the service refuses on purpose: by name, each with its reason.

positive_data_acceptance wants accepted what the schema allows. A schema cannot know the state of a
run, so a refusal by these codes is right; a refusal of the form (validation_failed, malformed_body)
is a difference between document and code, unless the rule is one that JSON Schema cannot say.

ensure_resource_availability wants found what was just created. Its own search for a deletion knows
neither `DELETE .../me` nor that a repeated Idempotency-Key is answered as the first time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# Answers to a well-formed request that does not fit what is stored.
STATE = {
    "insufficient_tokens": "the wallet is empty",
    "invalid_session_status": "the run stands elsewhere",
    "not_recommendation_session": "a fit check has no Ikigai",
    "ikigai_not_completed": "fewer than four answers are there",
    "riasec_already_submitted": "the sheet was sent before, with other answers",
    "dimension_already_answered": "the dimension was answered before, with other words",
    "profession_not_a_candidate": "the profession is not among the run's candidates",
    "question_set_mismatch": "the run was issued other questions",
    "question_type_mismatch": "the letter is not the item's in the bank",
    "invalid_profile": "all six letters got the same score",
    "profession_without_code": "Go has not coded the profession yet",
    "content_type_unsupported": "only text is read; the member is open for more",
    "message_too_long": "a setting says how long a message may be",
    "parent_message_elsewhere": "the message belongs to another conversation",
    "message_not_regenerable": "nobody asked anything before the message",
    "idempotency_key_reused": "the key was used with another body",
}
# Rules of form that JSON Schema cannot say, by operation and member ("": the body as a whole).
FORM = {
    ("list_sessions", "cursor"): "a cursor is opaque: only one that we gave out is readable",
    ("list_conversations", "cursor"): "as that of the sessions",
    ("submit_ikigai_dimension", "reasoning_text"): "its limits hold for the trimmed text",
    ("send_message", "content"): "at least one letter that can be seen",
    ("create_conversation", "title"): "at least one letter that can be seen",
    ("create_conversation_from_assessment", "title"): "at least one letter that can be seen",
    ("update_conversation", "title"): "at least one letter that can be seen",
    ("create_conversation", "context_data"): "bounded in bytes and depth",
    ("update_conversation", "metadata"): "bounded in bytes and depth",
    ("update_conversation", ""): "null for title and status changes nothing",
}
Sent = Mapping[str, Any]  # by where a location of an error begins: body, path, query, header


def is_on_purpose(operation_id: str, problem: Any, sent: Sent) -> bool:
    """Whether this refusal of a well-formed request is by our own rules."""
    if not isinstance(problem, dict):
        return False
    if problem.get("code") != "validation_failed":
        return problem.get("code") in STATE
    places = [error["location"] for error in problem["errors"]]
    return bool(places) and all(_is_ruled(operation_id, place, sent) for place in places)


def _is_ruled(operation_id: str, place: Sequence[Any], sent: Sent) -> bool:
    if (operation_id, place[1] if len(place) > 1 else "") in FORM:
        return True
    value = _value_at(sent, place)
    # To JSON Schema 1.0 is an integer; to us an id or a Likert answer has no decimal point.
    return (isinstance(value, float) and value.is_integer()) or is_unstorable(value)


def _value_at(sent: Sent, place: Sequence[Any]) -> Any:
    value: Any = sent
    for step in place:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def is_unstorable(value: Any) -> bool:
    """NUL and halves of a surrogate pair: JSON has them, PostgreSQL's text does not."""
    if isinstance(value, str):
        return "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)
    inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return isinstance(inside, list) and any(is_unstorable(part) for part in inside)
