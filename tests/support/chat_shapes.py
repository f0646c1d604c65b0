"""The fields of every answer of the chat, by hand from seed 3 and 7-chat.md."""

from typing import Any

from tests.journey.exact import TIME
from tests.support.json_kinds import BOOL, DOCUMENT, INT, NUMBER, STR, maybe, one_of

CONVERSATION = {
    "id": STR,
    "title": STR,
    "context_type": one_of("general", "assessment", "career_guidance"),
    "status": one_of("active", "archived", "deleted"),
    "metadata": maybe(DOCUMENT),
    "assessment_id": maybe(STR),
    "created_at": TIME,
    "updated_at": TIME,
}
CONVERSATION_DETAIL = {**CONVERSATION, "context_data": maybe(DOCUMENT)}
MESSAGE = {
    "id": STR,
    "conversation_id": STR,
    "sender_type": one_of("user", "assistant", "system"),
    "content": STR,
    "content_type": one_of("text"),
    "metadata": maybe(DOCUMENT),
    "parent_message_id": maybe(STR),
    "turn_number": INT,
    "version": INT,
    "created_at": TIME,
}
TOKENS = {"prompt_tokens": INT, "completion_tokens": INT, "total_tokens": INT, "cost": NUMBER}
ANSWER_COST = {
    "message_id": STR,
    "model": STR,
    **TOKENS,
    "is_free_model": BOOL,
    "processing_time_ms": maybe(INT),
    "created_at": TIME,
}
NOTIFICATION = {
    "id": INT,
    "stage": STR,
    "title": STR,
    "message": STR,
    "progress": maybe(INT),
    "assessmentId": maybe(STR),
    "action": maybe(DOCUMENT),
    "conversation_id": maybe(STR),
    "message_id": maybe(STR),
    "timestamp": TIME,
    "delivered_at": maybe(TIME),
}
TURN = {
    "usage": {"model": STR, **TOKENS, "is_free_model": BOOL},
    "model": STR,
    "is_free_model": BOOL,
    "processing_time_ms": INT,
    "estimated_response_time": NUMBER,
    "support": maybe(STR),
}
KNOWN = {
    "riasec": dict.fromkeys("RIASEC", INT),
    "ocean": maybe(DOCUMENT),
    "viaIs": maybe(DOCUMENT),
    "personaProfile": {"summary": STR, "details": STR},
    "assessmentDate": TIME,
    "assessment_id": STR,
    "ikigai": {
        "summary": DOCUMENT,
        "top_professions": [{"name": STR, "match_percentage": NUMBER, "reason": STR}],
    },
}
ASSESSMENT_SHAPES: dict[str, Any] = {
    "create_conversation_from_assessment": {
        "conversation": CONVERSATION_DETAIL,
        "initial_message": MESSAGE,
        "suggestions": [STR],
    },
    "add_assessment_context": {"context_added": BOOL, "assessment_data": KNOWN},
    "get_assessment_ready": {
        "has_assessment": BOOL,
        "assessment_date": maybe(TIME),
        "assessment_id": maybe(STR),
        "conversation_exists": BOOL,
        "conversation_id": maybe(STR),
        "ready_for_chatbot": BOOL,
    },
    "auto_initialize_conversation": {
        "conversation_id": maybe(STR),
        "ready": BOOL,
        "initial_suggestions": [STR],
    },
    "get_assessment_conversation": {
        "exists": BOOL,
        "conversation": CONVERSATION_DETAIL,
        "messages": [MESSAGE],
    },
    "initialize_assessment_conversation": {"success": BOOL, "message": STR},
}
CHAT_SHAPES: dict[str, Any] = {
    **ASSESSMENT_SHAPES,
    "send_message": {"user_message": MESSAGE, "assistant_message": MESSAGE, **TURN},
    "regenerate_message": {"new_message": MESSAGE, **TURN},
    "list_notifications": {"items": [NOTIFICATION], "next_cursor": maybe(INT)},
    "create_conversation": {
        name: CONVERSATION[name] for name in ("id", "title", "context_type", "created_at")
    },
    "list_conversations": {
        "conversations": [CONVERSATION],
        "total": INT,
        "pagination": {"limit": INT, "offset": INT, "has_more": BOOL, "next_cursor": maybe(STR)},
    },
    "get_conversation": {"conversation": CONVERSATION_DETAIL, "messages": [MESSAGE]},
    "update_conversation": CONVERSATION_DETAIL,
    "delete_conversation": {"deleted": INT},
    "list_messages": {
        "messages": [MESSAGE],
        "pagination": {
            "limit": INT,
            "has_more": BOOL,
            "oldest_id": maybe(STR),
            "newest_id": maybe(STR),
        },
    },
    "get_conversation_suggestions": {"suggestions": [STR]},
    "get_conversation_usage": {
        "total_tokens": INT,
        "total_cost": NUMBER,
        "cost_breakdown": [ANSWER_COST],
        "model_usage": DOCUMENT,
    },
    "get_usage_summary": {
        "total_tokens": INT,
        "total_cost": NUMBER,
        "conversations_count": INT,
        "messages_count": INT,
        "model_usage": DOCUMENT,
    },
    "erase_own_chat": {"deleted": INT},
}
