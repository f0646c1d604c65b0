"""The chat in the examples of the OpenAPI document: one conversation from its beginning to its end.

Its first answer is put there by hand, the next ones are the offline model's.
"""

from itertools import count
from typing import Any, Protocol
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import create_engine, text

from app.core.clock import utc_now
from app.core.database import psycopg2_url
from tests.chat.chatter import CHAT

CONVERSATION = "5d0e8c1b-3f7a-4c62-9b84-1e2a7d60f3c9"
ABOUT_RESULT = "1f6b3d94-70c2-4e58-a1d9-4c8e2b5f7a06"
WELCOME = "c3a75e18-9d42-4b60-8f17-6e0b2d94c5a1"
QUESTION = "b1c5f2d7-8e40-4a19-93d6-7a0f5e2c8b14"
ANSWER = "e7a94b60-1d2c-4f83-a5b7-c08d6319f2e5"
SAID = ("9c41d7e2-6b05-4f3a-8d1e-2a7f90b5c683", "47f2a0c9-d813-4e6b-95a7-b0c8e1d4f256")
AGAIN = "c85e3b17-20fa-4d69-8b74-6f1d9ae0253c"
ASKED = "Keterampilan apa yang perlu kulatih untuk menjadi Data Analyst?"
ANSWERED = (
    "Mulailah dari merapikan tabel dan membaca grafik, Sari. Kamu sudah terbiasa dengan Excel, jadi"
    " langkah berikutnya bisa belajar SQL dasar dengan data penjualan warung ibumu."
)
PUT_BY_HAND = text(
    """
    WITH talk AS (
        UPDATE chat.conversations SET last_turn_number = 1 WHERE id = :talk
        RETURNING id, user_id, now() AS at
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
    async def post_as_service(self, path: str, body: Any, operation: str) -> dict[str, Any]: ...
    async def put(self, path: str, body: Any, operation: str) -> dict[str, Any]: ...
    async def delete(self, path: str, operation: str | None = None) -> dict[str, Any]: ...


async def record_turn(run: Recorder, path: str) -> None:
    """A message and its answer, and one more answer to it."""
    with patch("app.chat.turns.draft.perf_counter", count(0.0, 0.84).__next__):
        said = {"content": "Langkah apa yang bisa kumulai minggu ini?"}
        answer = await run.post(f"{path}/messages", said, "send_message")
        for name, message in zip(("user_message", "assistant_message"), SAID, strict=True):
            run.renamed[answer[name]["id"]] = message
        again = f"{path}/messages/{answer['assistant_message']['id']}/regenerate"
        run.renamed[(await run.post(again, None, "regenerate_message"))["new_message"]["id"]] = (
            AGAIN
        )


async def record_chat(run: Recorder, dsn: str, assessment: UUID, user_id: UUID) -> None:
    await run.get(f"{CHAT}/health", "get_chat_health")
    await record_assessment(run, assessment, user_id)
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
    month = utc_now()  # the database's, in which its rows are
    summary = f"{CHAT}/usage/summary?year={month.year}&month={month.month}"
    await run.get(summary, "get_usage_summary")
    await record_turn(run, path)
    changes = {"title": "Jalan ke Data Analyst", "metadata": {"warna": "biru"}}
    await run.put(path, changes, "update_conversation")
    await run.delete(path, "delete_conversation")
    await run.delete(f"{CHAT}/me", "erase_own_chat")


async def record_assessment(run: Recorder, assessment: UUID, user_id: UUID) -> None:
    """The conversation about a result, which the worker would have opened."""
    wish = {"user_id": str(user_id), "assessment_id": str(assessment)}
    wish["trigger_source"] = "assessment_complete"
    path = f"{CHAT}/conversations"
    operation = "auto_initialize_conversation"
    opened = await run.post_as_service(f"{path}/auto-initialize", wish, operation)
    run.renamed[opened["conversation_id"]] = ABOUT_RESULT
    found = await run.get(
        f"{CHAT}/assessment/{assessment}/conversation", "get_assessment_conversation"
    )
    run.renamed[found["messages"][0]["id"]] = WELCOME
    await run.get(f"{path}/assessment-ready/{user_id}", "get_assessment_ready")
    reference = {"assessment_id": str(assessment)}
    operation = "create_conversation_from_assessment"
    await run.post(f"{path}/from-assessment", reference, operation)
    context = f"{path}/{opened['conversation_id']}/context/assessment"
    await run.post(context, reference, "add_assessment_context")
    again = {"trigger_source": "manual"}
    await run.post(
        f"{CHAT}/assessment/{assessment}/initialize", again, "initialize_assessment_conversation"
    )
    await run.delete(f"{path}/{opened['conversation_id']}")


def put_by_hand(dsn: str, talk: str) -> None:
    engine = create_engine(psycopg2_url(dsn))
    with engine.begin() as connection:
        connection.execute(
            PUT_BY_HAND,
            {
                "talk": talk,
                "question": QUESTION,
                "asked": ASKED,
                "answer": ANSWER,
                "answered": ANSWERED,
            },
        )
    engine.dispose()
