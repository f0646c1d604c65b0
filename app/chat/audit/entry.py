"""What is written down about an act."""

from dataclasses import dataclass

from app.chat.audit.models import Action, Actor


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what; `request_id` is None for work that no request asked for."""

    actor: Actor
    action: Action
    request_id: str | None = None
