"""Reading what others tell of a finished assessment."""

import json
from uuid import UUID, uuid4

import pytest

from app.chat.events.incoming import MAX_BODY_BYTES, identity_of, read_analysis_complete
from tests.chat.events.eye import camel, snake

USER = UUID("5f0b3c62-8d8e-4f4e-9a52-2f6f2f7c1a11")


@pytest.mark.parametrize("spell", [snake, camel])
def test_snake_and_camel_case_say_the_same(spell) -> None:  # type: ignore[no-untyped-def]
    event = read_analysis_complete(spell(USER, "a-1"))
    assert event is not None
    assert (event.user_id, event.assessment_id) == (USER, "a-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"user_id": ',
        json.dumps({"user_id": str(USER)}).encode(),
        json.dumps({"assessment_id": "a"}).encode(),
        snake(USER, ""),
        snake(USER, "a" * 101),
        snake(USER, "a\x00b"),
        snake(USER, "a\n"),
        json.dumps({"user_id": "me", "assessment_id": "a"}).encode(),
        json.dumps({"user_id": str(USER), "assessment_id": 7}).encode(),
        snake(USER, "a") + b" " * MAX_BODY_BYTES,
    ],
)
def test_nothing_else_is_an_event(body: bytes) -> None:
    assert read_analysis_complete(body) is None


def test_a_message_is_known_by_its_id_whatever_it_says() -> None:
    assert identity_of("m-1", b"one") == identity_of("m-1", b"other") == "m-1"


@pytest.mark.parametrize("useless", [None, "", "two words", "x" * 201, "nul\x00", "é"])
def test_without_a_useful_id_by_what_it_says(useless: str | None) -> None:
    body = snake(uuid4(), "a")
    assert identity_of(useless, body) == identity_of(None, body)
    assert identity_of(useless, body) != identity_of(useless, snake(uuid4(), "a"))
    assert len(identity_of(useless, body)) <= 200
