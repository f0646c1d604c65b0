"""Refusals around a result: nouns with a status, a code and a sentence for the person."""

from app.core.errors import DomainError


class AssessmentNotFound(DomainError):
    """Also one that is not finished, and another user's: they read as absent."""

    status = 404
    code = "assessment_not_found"
    detail = "Hasil tesnya belum ada. Selesaikan tesmu dulu, lalu kita bahas bersama, ya."


class ConversationDeleted(DomainError):
    """The person deleted it: only `initialize` brings it back."""

    status = 409
    code = "conversation_deleted"
    detail = "Percakapan tentang hasil ini sudah kamu hapus. Minta kami menyiapkannya lagi, ya."


class ArchiveUnavailable(DomainError):
    status = 503
    code = "archive_unavailable"
    detail = "Hasil tesmu sedang belum bisa kami ambil. Tunggu sebentar lalu coba lagi, ya."
    retry_after_s = 5


class PersonNotFound(DomainError):
    """Nobody of this id, or somebody else than who is asking."""

    status = 404
    code = "not_found"
    detail = "Alamat yang kamu tuju tidak ada."
