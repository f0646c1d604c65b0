"""Opening a conversation: who is calling, and is it theirs."""

from app.chat.conversations.repository import CallerAndConversation, ConversationRow
from app.chat.errors import ConversationNotFound
from app.users.caller import Admission, Caller, admit


def open_conversation(
    found: CallerAndConversation, admission: Admission
) -> tuple[Caller, ConversationRow]:
    """The admitted caller and their conversation; raises the refusal of what is missing."""
    caller = admit(found.caller, admission)
    if found.conversation is None:
        raise ConversationNotFound
    return caller, found.conversation
