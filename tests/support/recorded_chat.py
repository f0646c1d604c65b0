"""The chat in the examples of the OpenAPI document: one conversation from its beginning to its end.

What is said in it is put there by hand.
"""

from typing import Any, Protocol

from sqlalchemy import create_engine, text

from app.core.database import psycopg2_url
from tests.chat.chatter import CHAT

CONVERSATION = "5d0e8c1b-3f7a-4c62-9b84-1e2a7d60f3c9"
QUESTION = "b1c5f2d7-8e40-4a19-93d6-7a0f5e2c8b14"
ANSWER = "e7a94b60-1d2c-4f83-a5b7-c08d6319f2e5"
ASKED = "Keterampilan apa yang perlu kulatih untuk menjadi Data Analyst?"
ANSWERED = (
    "Mulailah dari merapikan tabel dan membaca grafik, Sari. Kamu sudah terbiasa dengan Excel, jadi"
    " langkah berikutnya bisa belajar SQL dasar dengan data penjualan warung ibumu."
)
SAID = text(
    """
    WITH talk AS (
        SELECT id, user_id, timestamptz '2026-11-20 08:00Z' AS at FROM chat.conversations
        WHERE id = :talk
    ), question AS (
        INSERT INTO chat.messages (id, conversation_id, user_id, sender_type, content, turn_number,
            version, created_at)
        SELECT CAST(:question AS uuid), id, user_id, 'user', :asked, 1, 0, at FROM talk
        RETURNING id
    ), answer AS (
        INSERT INTO chat.messages (id, conversation_id, user_id, sender_type, content, turn_number,
            version, created_at, parent_message_id, metadata)
        SELECT CAST(:answer AS uuid), talk.id, user_id, 'assistant', :answered, 1, 1, at,
            question.id, '{"model": "google/gemini-2.5-flash", "finish_reason": "stop"}'
        FROM talk, question
        RETURNING id
    )
    INSERT INTO chat.usage_tracking (conversation_id, user_id, message_id, model_used,
        prompt_tokens, completion_tokens, total_tokens, cost_credits, processing_time_ms,
        created_at)
    SELECT talk.id, user_id, answer.id, 'google/gemini-2.5-flash', 812, 64, 876, 0.000404, 2140, at
    FROM talk, answer
    """
)


class Recorder(Protocol):
    """Plays a client and keeps the calls that are given an operation."""

    renamed: dict[str, str]

    async def get(self, path: str, operation: str | None = None) -> dict[str, Any]: ...
    async def post(self, path: str, body: Any, operation: str | None = None) -> dict[str, Any]: ...
    async def put(self, path: str, body: Any, operation: str) -> dict[str, Any]: ...
    async def delete(self, path: str, operation: str) -> dict[str, Any]: ...


async def record_chat(run: Recorder, dsn: str) -> None:
    await run.get(f"{CHAT}/health", "get_chat_health")
    wish = {"title": "Menjadi Data Analyst", "context_type": "career_guidance"}
    opened = await run.post(f"{CHAT}/conversations", wish, "create_conversation")
    run.renamed[opened["id"]] = CONVERSATION
    put_by_hand(dsn, opened["id"])
    path = f"{CHAT}/conversations/{opened['id']}"
    await run.get(f"{CHAT}/conversations", "list_conversations")
    await run.get(path, "get_conversation")
    await run.get(f"{path}/messages", "list_messages")
    await run.get(f"{path}/suggestions", "get_conversation_suggestions")
    await run.get(f"{path}/usage", "get_conversation_usage")
    await run.get(f"{CHAT}/usage/summary?year=2026&month=11", "get_usage_summary")
    changes = {"title": "Jalan ke Data Analyst", "metadata": {"warna": "biru"}}
    await run.put(path, changes, "update_conversation")
    await run.delete(path, "delete_conversation")
    await run.delete(f"{CHAT}/me", "erase_own_chat")


def put_by_hand(dsn: str, talk: str) -> None:
    engine = create_engine(psycopg2_url(dsn))
    with engine.begin() as connection:
        connection.execute(
            SAID,
            {
                "talk": talk,
                "question": QUESTION,
                "asked": ASKED,
                "answer": ANSWER,
                "answered": ANSWERED,
            },
        )
    engine.dispose()
