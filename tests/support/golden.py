"""Prompts as they were read and approved by a person: one file per prompt in tests/golden."""

from collections.abc import Sequence
from pathlib import Path

from app.llm.port import Message

GOLDEN = Path(__file__).parents[1] / "golden"


def assert_golden(name: str, messages: Sequence[Message]) -> None:
    """The messages, each under its role, are the text of the golden file."""
    found = "".join(f"=== {item.role} ===\n{item.content}\n" for item in messages)
    assert found == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
