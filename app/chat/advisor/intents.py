"""What a message asks for, by its words. Pure."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

GREETING_WORDS: Final = 5  # a longer message says more than hello


class Intent(StrEnum):
    """In the order in which they win when as many words speak for each."""

    DOUBT = "doubt"
    COMPARISON = "comparison"
    STUDY = "study"
    CHALLENGES = "challenges"
    STRENGTHS = "strengths"
    NEXT_STEPS = "next_steps"
    PAY = "pay"
    EXPLORATION = "exploration"
    THANKS = "thanks"
    GREETING = "greeting"
    OTHER = "other"


def _words(pattern: str) -> re.Pattern[str]:
    """Words that begin so; a bar ends a whole word."""
    return re.compile(rf"(?<!\w)(?:{pattern})")


SIGNS: Final[Mapping[Intent, re.Pattern[str]]] = {
    Intent.DOUBT: _words(
        r"ragu|bingung|takut|cemas|khawatir|minder|gagal|menyerah|salah pilih|orang ?tua|ortu|ayah"
        r"|ibu\b|ibuku|mama|papa|bapak|keluarga|dipaksa|(?:gak|nggak|ga|tidak|kurang|belum) yakin"
    ),
    Intent.COMPARISON: _words(
        r"banding|membanding|perbanding|bedanya|perbedaan|beda\b|lebih cocok|pilih mana|mana yang"
        r"|yang mana|antara|versus|vs\b|kedua profesi|dua profesi"
    ),
    Intent.STUDY: _words(
        r"jurusan|kuliah|kampus|universitas|politeknik|sekolah|smk\b|sma\b|program studi|prodi"
        r"|beasiswa|snbt|snbp"
    ),
    Intent.CHALLENGES: _words(r"kelemahan|kekurangan|tantangan|hambatan|titik lemah|kurang dariku"),
    Intent.STRENGTHS: _words(
        r"kekuatan|kelebihan|keunggulan|unggul|bakat|potensi|kemampuanku|riasec"
        r"|kode\b|kodeku|huruf|kepribadian|profilku|hasil tes|hasilku|tentang diriku|ikigai|minatku"
    ),
    Intent.NEXT_STEPS: _words(
        r"langkah|mulai|melatih|kulatih|latihan|dilatih|kembang|berkembang|mengembangkan"
        r"|kukembangkan|tingkat|meningkat|persiap|menyiap|kusiapkan|rencana|minggu ini|bulan ini"
        r"|belajar|kupelajari|keterampilan|keahlian|skill|portofolio|pengalaman|magang|proyek"
        r"|kebiasaan|cara"
    ),
    Intent.PAY: _words(r"gaji|bergaji|penghasilan|pendapatan|upah|bayaran|dibayar|honor"),
    Intent.EXPLORATION: _words(
        r"profesi|karier|karir|pekerjaan|kerja|bekerja|keseharian|cocok|pas\b|peluang|prospek"
        r"|bidang|peran|jadi\b|menjadi"
    ),
}
HELLO: Final = _words(
    r"hai\b|hi\b|halo|hallo|hello|hei\b|pagi|siang|sore|malam|assalam|permisi|salam|oke\b|ok\b"
)
THANKS: Final = _words(r"terima ?kasih|makasih|trims|thanks|thank you")


def intent_of(message: str) -> Intent:
    """What most of its words speak for; OTHER when none does."""
    text = " ".join(message.lower().split())
    found = {intent: len(sign.findall(text)) for intent, sign in SIGNS.items()}
    best = max(found, key=lambda intent: found[intent])
    if found[best]:
        return best
    if THANKS.search(text):
        return Intent.THANKS
    is_short = len(text.split()) <= GREETING_WORDS
    return Intent.GREETING if is_short and HELLO.search(text) else Intent.OTHER
