"""Every answer has the fields of 6-api.md, of the types given there, and none unnoticed."""

import copy
from typing import Any

import pytest

from tests.journey.exact import assert_same
from tests.support.recorded_journey import Examples
from tests.support.response_shapes import ADDED, SHAPES, filled, shape_of

OPERATIONS = sorted({name.partition(" ")[0] for name in SHAPES})


def assert_shaped(operation: str, example: str, found: Any) -> None:
    """Exactly the members of the page and of `ADDED`, with their JSON types."""
    assert_same(filled(shape_of(operation, example), found), found)


class TestAnswers:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_fields(self, recorded: dict[str, Examples], operation: str) -> None:
        for name, example in recorded[operation].items():
            assert_shaped(operation, name, example["response"])

    def test_no_operation_is_left_out(self, recorded: dict[str, Examples]) -> None:
        assert recorded.keys() == set(OPERATIONS)
        assert ADDED.keys() <= recorded.keys()

    def test_the_lists_of_objects_are_not_empty(self, recorded: dict[str, Examples]) -> None:
        """An empty list would prove nothing about its items."""
        for operation, examples in recorded.items():
            for name in examples:
                for path in lists_of_objects(shape_of(operation, name)):
                    every = [at(example["response"], path) for example in examples.values()]
                    assert any(every), (operation, path)


class TestTheTable:
    """It notices what it should."""

    @pytest.mark.parametrize(
        ("operation", "change"),
        [
            ("start_recommendation", {"more": 1}),
            ("start_recommendation", {"question_ids": ["1"]}),
            ("start_recommendation", {"question_ids": None}),
            ("start_recommendation", {"resumed": 0}),
            ("start_recommendation", {"total_questions": True}),
            ("get_fit_check_result", {"points_awarded": 5}),
            ("get_fit_check_result", {"test_completed_at": "2026-11-20T08:00:00+00:00"}),
            ("get_recommendation_result", {"certainty": "sure"}),
            ("delete_session", {"deleted": 1.0}),
        ],
    )
    def test_a_change(
        self, recorded: dict[str, Examples], operation: str, change: dict[str, Any]
    ) -> None:
        found = recorded[operation]["answer"]["response"]
        with pytest.raises(AssertionError):
            assert_shaped(operation, "answer", {**found, **change})

    def test_a_missing_field(self, recorded: dict[str, Examples]) -> None:
        for operation, examples in recorded.items():
            for name, example in examples.items():
                for field in example["response"]:
                    found = copy.deepcopy(example["response"])
                    del found[field]
                    with pytest.raises(AssertionError):
                        assert_shaped(operation, name, found)


def lists_of_objects(shape: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths through objects to the lists of objects, not into those lists."""
    if isinstance(shape, list):
        return [path] if isinstance(shape[0], dict) else []
    if isinstance(shape, dict):
        return [way for key, part in shape.items() for way in lists_of_objects(part, (*path, key))]
    return []


def at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document.get(key, {})
    return document
