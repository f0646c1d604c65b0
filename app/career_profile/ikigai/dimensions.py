"""The four Ikigai dimensions, in the order in which the app asks them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MIN_TEXT_CHARS = 10
MAX_TEXT_CHARS = 2000


class Dimension(StrEnum):
    LOVE = "what_you_love"
    GOOD_AT = "what_you_are_good_at"
    WORLD_NEEDS = "what_the_world_needs"
    PAID_FOR = "what_you_can_be_paid_for"


DIMENSIONS: tuple[Dimension, ...] = tuple(Dimension)
INTRINSIC = (Dimension.LOVE, Dimension.GOOD_AT)
EXTRINSIC = (Dimension.WORLD_NEEDS, Dimension.PAID_FOR)


@dataclass(frozen=True, slots=True)
class DimensionText:
    """What the app shows above the options of a dimension."""

    label: str
    question: str
    helper_text: str


DIMENSION_TEXTS: Mapping[Dimension, DimensionText] = {
    Dimension.LOVE: DimensionText(
        "Apa yang Kamu Sukai",
        "Kegiatan seperti apa yang membuat kamu betah berjam-jam?",
        "Ceritakan satu pengalaman: apa yang kamu kerjakan, di mana, dan bagian mana yang paling"
        " kamu nikmati.",
    ),
    Dimension.GOOD_AT: DimensionText(
        "Apa yang Kamu Kuasai",
        "Apa yang bisa kamu lakukan lebih baik daripada kebanyakan temanmu?",
        "Sebutkan buktinya: tugas, lomba, alat, atau hasil yang pernah kamu buat sendiri.",
    ),
    Dimension.WORLD_NEEDS: DimensionText(
        "Apa yang Dibutuhkan Dunia",
        "Masalah apa di sekitarmu yang ingin kamu bantu selesaikan?",
        "Ceritakan siapa yang terbantu dan apa yang berubah bagi mereka lewat pekerjaanmu.",
    ),
    Dimension.PAID_FOR: DimensionText(
        "Apa yang Bisa Menghidupimu",
        "Keahlian apa yang menurutmu layak dibayar dan ingin kamu jadikan penghasilan?",
        "Ceritakan jasa atau karya yang pernah dibayar orang, atau yang ingin kamu tawarkan.",
    ),
}
