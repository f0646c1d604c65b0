"""Indonesian sentences for what pydantic finds wrong with a field."""

from collections.abc import Mapping
from typing import Any

FIELD_MESSAGES: Mapping[str, str] = {
    "missing": "Bagian ini wajib diisi.",
    "extra_forbidden": "Bagian ini tidak dikenal, hapus dari permintaan.",
    "string_type": "Isi dengan teks.",
    "string_too_short": "Teksnya terlalu pendek, minimal {min_length} karakter.",
    "string_too_long": "Teksnya terlalu panjang, maksimal {max_length} karakter.",
    "string_unicode": "Teks berisi karakter yang tidak bisa dibaca.",
    "string_pattern_mismatch": "Format teksnya tidak sesuai.",
    "int_type": "Isi dengan bilangan bulat.",
    "int_parsing": "Isi dengan bilangan bulat.",
    "int_from_float": "Isi dengan bilangan bulat.",
    "int_parsing_size": "Bilangannya terlalu besar.",
    "greater_than_equal": "Nilainya paling kecil {ge}.",
    "less_than_equal": "Nilainya paling besar {le}.",
    "enum": "Pilih salah satu dari: {expected}.",
    "literal_error": "Pilih salah satu dari: {expected}.",
    "list_type": "Isi dengan daftar.",
    "too_short": "Daftarnya kurang, minimal {min_length} isian.",
    "too_long": "Daftarnya terlalu panjang, maksimal {max_length} isian.",
    "model_attributes_type": "Isi dengan objek JSON.",
    "datetime_from_date_parsing": "Isi dengan waktu ISO 8601.",
    "datetime_parsing": "Isi dengan waktu ISO 8601.",
    "timezone_aware": "Sertakan zona waktu pada waktunya.",
}
NUL_MESSAGE = "Teks berisi karakter yang tidak didukung."
FALLBACK = "Isian ini belum sesuai."


def describe_validation_error(error: Mapping[str, Any]) -> str:
    """A sentence for a person; our own validators' messages are Indonesian already."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    context = {name: _indonesian(value) for name, value in error.get("ctx", {}).items()}
    return FIELD_MESSAGES.get(error["type"], FALLBACK).format_map(context)


def _indonesian(value: object) -> object:
    """pydantic joins the allowed values in English."""
    return value.replace("' or '", "' atau '") if isinstance(value, str) else value
