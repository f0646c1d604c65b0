"""Questions for a conversation that knows no result yet."""

from collections.abc import Mapping, Sequence
from typing import Final

GENERAL: Final[Sequence[str]] = (
    "Bagaimana cara mengenali minat yang benar-benar cocok untukku?",
    "Apa bedanya minat, bakat, dan keterampilan saat memilih karier?",
    "Dari mana sebaiknya aku mulai kalau belum tahu mau jadi apa?",
    "Kegiatan apa yang bisa kucoba minggu ini untuk mengenal diriku?",
    "Bagaimana cara membicarakan pilihan karier dengan orang tuaku?",
    "Apa yang bisa kupelajari dari tes RIASEC dan Ikigai?",
)
CAREER_GUIDANCE: Final[Sequence[str]] = (
    "Profesi apa saja yang banyak dibutuhkan lima tahun ke depan?",
    "Bagaimana cara membandingkan dua profesi yang sama-sama menarik?",
    "Keterampilan apa yang perlu kulatih sejak sekarang?",
    "Bagaimana cara mencari tahu keseharian sebuah profesi?",
    "Apakah jurusan kuliahku harus sejalan dengan pekerjaanku nanti?",
    "Bagaimana memulai pengalaman kerja kalau belum punya apa-apa?",
)
BY_CONTEXT: Final[Mapping[str, Sequence[str]]] = {
    "general": GENERAL,
    "assessment": GENERAL,
    "career_guidance": CAREER_GUIDANCE,
}
