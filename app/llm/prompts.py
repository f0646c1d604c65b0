"""Prompts are text files with a version in their name; this is the one place that renders them."""

import json
from functools import lru_cache
from importlib import resources
from string import Template

from app.llm.port import Message

USER_PART = "\n=== user ===\n"


def render(package: str, name: str, **values: str) -> tuple[Message, ...]:
    """System and user message of the prompt file `name`.txt in `package`.

    Placeholders are `${name}`; the values are inserted in one pass and never read as a template.
    """
    system, user = _load(package, name)
    return (
        Message("system", system.substitute(values)),
        Message("user", user.substitute(values)),
    )


def as_data(value: object) -> str:
    """Catalogue data inside a prompt: JSON, so that no value can end its own frame."""
    return json.dumps(value, ensure_ascii=False, indent=1)


@lru_cache(maxsize=32)
def _load(package: str, name: str) -> tuple[Template, Template]:
    text = (resources.files(package) / f"{name}.txt").read_text(encoding="utf-8")
    system, _, user = text.partition(USER_PART)
    return Template(system.strip()), Template(user.strip())
