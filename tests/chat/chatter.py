"""A user's chat in tests: calls below /api/chat, and rows put in place by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Engine, text

from app.core.security import issue_token
from app.core.settings import Settings

CHAT = "/api/chat"
SAY = text(
    "INSERT INTO chat.messages (id, conversation_id, user_id, sender_type, content, metadata,"
    " parent_message_id, turn_number, version) SELECT :id, id, user_id, :sender, :content,"
    " CAST(:metadata AS jsonb), :parent, :turn, :version FROM chat.conversations WHERE id = :talk"
)
USE = text(
    "INSERT INTO chat.usage_tracking (conversation_id, user_id, message_id, model_used,"
    " prompt_tokens, completion_tokens, total_tokens, cost_credits, is_free_model, created_at)"
    " SELECT conversation_id, user_id, id, :model, :prompt, :completion, :total, :cost, :free,"
    " coalesce(CAST(:at AS timestamptz), now()) FROM chat.messages WHERE id = :message"
)


@dataclass
class Chatter:
    """One user's chat. `ok_*` assert success and return the body."""

    client: httpx.AsyncClient
    settings: Settings
    user_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        token = issue_token(self.settings, self.user_id, timedelta(hours=1))
        return {"Authorization": f"Bearer {token}"}

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **params: Any
    ) -> httpx.Response:
        return await self.client.request(
            method, CHAT + path, json=body, params=params or None, headers=self.headers
        )

    async def ok(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        response = await self.send(method, path, body, **params)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def create(self, **body: Any) -> str:
        """A new conversation's id."""
        response = await self.send("POST", "/conversations", body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])


def say(  # the columns of a message
    engine: Engine,
    talk: str,
    turn: int,
    version: int = 0,
    *,
    content: str = "Halo",
    metadata: str | None = None,
    parent: str | None = None,
) -> str:
    """A message in its place; its id. Version 0 is the person's, others are answers."""
    message = str(uuid4())
    values = {
        "id": message,
        "talk": talk,
        "turn": turn,
        "version": version,
        "sender": "assistant" if version else "user",
        "content": content,
        "metadata": metadata,
        "parent": parent,
    }
    with engine.begin() as connection:
        assert connection.execute(SAY, values).rowcount == 1
    return message


def use(
    engine: Engine,
    message: str,
    model: str,
    tokens: tuple[int, int],
    *,
    cost: str = "0",
    at: str | None = None,
) -> None:
    """What an answer took, at a moment or just now: prompt and completion tokens, dollars."""
    values = {
        "message": message,
        "model": model,
        "prompt": tokens[0],
        "completion": tokens[1],
        "total": sum(tokens),
        "cost": cost,
        "free": cost == "0",
        "at": at,
    }
    with engine.begin() as connection:
        assert connection.execute(USE, values).rowcount == 1


def counts(engine: Engine, user_id: UUID) -> dict[str, int]:
    """How many rows of the chat are this user's, by table."""
    tables = ("conversations", "messages", "usage_tracking", "notifications", "audit_log")
    with engine.connect() as connection:
        return {
            table: connection.execute(
                text(f"SELECT count(*) FROM chat.{table} WHERE user_id = :user"), {"user": user_id}
            ).scalar_one()
            for table in tables
        }


def audit(engine: Engine, user_id: UUID) -> list[tuple[str, str, str, str | None]]:
    """Actor, action, object and request id of what was done with this user's data."""
    statement = text(
        "SELECT actor, action, object, request_id FROM chat.audit_log"
        " WHERE user_id = :user ORDER BY id"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(statement, {"user": user_id})]
