"""Refusals of the chat: nouns with a status, a code and a sentence for the person."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from app.core.errors import DomainError


class ConversationNotFound(DomainError):
    """Also a deleted one, and another user's: they read as absent."""

    status = 404
    code = "conversation_not_found"
    detail = "Percakapan ini tidak ditemukan. Buka daftar percakapanmu atau mulai yang baru, ya."


class MessageNotFound(DomainError):
    """Also a message of another conversation."""

    status = 404
    code = "message_not_found"
    detail = "Pesan ini tidak ada di percakapanmu. Muat ulang percakapannya, ya."


class ContentTypeUnsupported(DomainError):
    status = 422
    code = "content_type_unsupported"
    detail = "Untuk saat ini kami hanya bisa membaca teks. Tulis pesanmu dengan kata-kata, ya."


class ParentMessageElsewhere(DomainError):
    status = 422
    code = "parent_message_elsewhere"
    detail = "Pesan yang kamu balas tidak ada di percakapan ini. Muat ulang percakapannya, ya."


class MessageTooLong(DomainError):
    status = 422
    code = "message_too_long"
    detail = "Pesanmu terlalu panjang. Pendekkan jadi paling banyak 4000 karakter, ya."
    example: ClassVar[Mapping[str, Any]] = {"max_characters": 4000}

    def __init__(self, max_characters: int = 4000) -> None:
        super().__init__(
            f"Pesanmu terlalu panjang. Pendekkan jadi paling banyak {max_characters} karakter, ya.",
            max_characters=max_characters,
        )


class MessageWithoutQuestion(DomainError):
    """A welcome answers nothing: there is nothing to ask the model again."""

    status = 422
    code = "message_not_regenerable"
    detail = (
        "Pesan pembuka ini tidak bisa dibuat ulang. Langsung tanyakan saja yang ingin kamu tahu."
    )


class TokenBudgetExceeded(DomainError):
    """The month's tokens are used up; `retryAfter` in seconds: when the next month begins."""

    status = 429
    code = "token_budget_exceeded"
    detail = "Jatah obrolanmu bulan ini sudah habis. Kamu bisa lanjut lagi mulai bulan depan, ya."
    example: ClassVar[Mapping[str, Any]] = {"retryAfter": 864000}

    def __init__(self, retry_after_s: int = 864000) -> None:
        super().__init__(retryAfter=retry_after_s)
        self.retry_after_s = retry_after_s


class AdvisorUnavailable(DomainError):
    """No model answered. The message is kept: `regenerate` with its id answers it later."""

    status = 503
    code = "model_unavailable"
    detail = (
        "Penasihatmu sedang tidak bisa menjawab. Pesanmu sudah tersimpan, coba minta jawabannya"
        " lagi sebentar lagi, ya."
    )
    retry_after_s = 15
    example: ClassVar[Mapping[str, Any]] = {
        "user_message_id": "0f8e9c55-6a1e-4a8e-9a3c-2d54b6a0c1de"
    }

    def __init__(self, user_message_id: UUID | None = None) -> None:
        super().__init__(user_message_id=str(user_message_id))
