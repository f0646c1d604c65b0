"""Refusals of the career profile: nouns with a status, a code and a sentence for the person."""

from collections.abc import Mapping
from typing import Any, ClassVar

from app.core.errors import DomainError


class SessionNotFound(DomainError):
    """Also another user's session: it reads as absent."""

    status = 404
    code = "session_not_found"
    detail = "Sesi tes tidak ditemukan. Mulai tes baru dari halaman utama, ya."


class ProfessionNotFound(DomainError):
    status = 404
    code = "profession_not_found"
    detail = "Profesi itu tidak ada di katalog kami. Pilih profesi lain dari daftar, ya."


class ProfessionWithoutCode(DomainError):
    status = 422
    code = "profession_without_code"
    detail = "Profesi itu belum punya kode minat, jadi belum bisa dicek. Pilih profesi lain, ya."


class CandidatesNotFound(DomainError):
    status = 404
    code = "candidates_not_found"
    detail = "Daftar profesi untuk sesi ini tidak ditemukan. Mulai tes baru, ya."


class ResultNotFound(DomainError):
    status = 404
    code = "result_not_found"
    detail = "Hasil tes untuk sesi ini belum ada. Selesaikan tesnya dulu, ya."


class NotRecommendationSession(DomainError):
    status = 400
    code = "not_recommendation_session"
    detail = "Sesi ini adalah FIT_CHECK — tidak memiliki alur Ikigai"


class InvalidSessionStatus(DomainError):
    status = 400
    code = "invalid_session_status"
    detail = "Langkah ini belum bisa dilakukan. Lanjutkan dari langkah terakhir tesmu, ya."
    example: ClassVar[Mapping[str, Any]] = {"status_now": "riasec_ongoing"}


class IkigaiNotCompleted(DomainError):
    status = 400
    code = "ikigai_not_completed"
    detail = "Masih ada dimensi Ikigai yang belum kamu jawab. Lengkapi keempatnya dulu, ya."


class RiasecAlreadySubmitted(DomainError):
    status = 400
    code = "riasec_already_submitted"
    detail = "Jawaban RIASEC untuk sesi ini sudah tersimpan dan tidak bisa diubah."


class DimensionAlreadyAnswered(DomainError):
    status = 400
    code = "dimension_already_answered"
    detail = "Dimensi ini sudah kamu jawab dan tidak bisa diubah. Lanjut ke dimensi berikutnya, ya."


class ProfessionNotACandidate(DomainError):
    status = 400
    code = "profession_not_a_candidate"
    detail = "Profesi yang kamu pilih tidak ada di daftar sesi ini. Pilih dari daftar, ya."


class QuestionSetMismatch(DomainError):
    status = 400
    code = "question_set_mismatch"
    detail = "Jawabanmu tidak cocok dengan soal sesi ini. Jawab setiap soal tepat satu kali, ya."
    example: ClassVar[Mapping[str, Any]] = {
        "missing_question_ids": [51],
        "extra_question_ids": [],
        "duplicate_question_ids": [],
    }


class QuestionTypeMismatch(DomainError):
    status = 400
    code = "question_type_mismatch"
    detail = "Tipe soal yang dikirim tidak sesuai. Perbarui aplikasimu lalu coba lagi, ya."
    example: ClassVar[Mapping[str, Any]] = {"question_ids": [51]}


class InvalidProfile(DomainError):
    status = 422
    code = "invalid_profile"
    detail = (
        "Jawabanmu terlalu seragam atau terlalu rendah untuk dibaca. Coba jawab lagi dengan jujur"
        " sesuai yang kamu rasakan."
    )


class NoCandidates(DomainError):
    status = 409
    code = "no_candidates"
    detail = "Belum ada profesi yang cocok dengan kodemu di katalog kami. Coba lagi nanti, ya."


class InsufficientTokens(DomainError):
    """Also for a user without a wallet."""

    status = 402
    code = "insufficient_tokens"
    detail = "Tokenmu belum cukup untuk memulai tes ini. Isi ulang token dulu, ya."
