"""The narrative of a recommendation by rule: the user's own words, the code, the activities.

Taken when the model fails, and by the offline model. A dimension without a usable text of the
user's gets a general one that quotes nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence

from app.career_profile.ikigai import phrases
from app.career_profile.ikigai.content import SENTENCE_END, count_sentences, names_profession
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.lexical import SubScores, judge_text
from app.career_profile.results.narrative import (
    REASON_SENTENCES,
    NarrativeFacts,
    RecommendationNarrative,
)
from app.career_profile.results.quotes import find_quotes, speaks_against, supporting
from app.professions.context import RecommendationContext, ScoringContext

MAX_NAME_CHARS = 120
MAX_PART_CHARS = 240
TELLING_WORDS = 8

OPENINGS: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.LOVE: ("Kamu bercerita", "Kamu menulis", "Kamu membagikan cerita ini"),
    Dimension.GOOD_AT: ("Kamu menyebut", "Kamu menulis", "Kamu mengingat pengalamanmu"),
    Dimension.WORLD_NEEDS: ("Kamu menuliskan", "Kamu menyampaikan", "Kamu bercerita"),
    Dimension.PAID_FOR: ("Kamu menulis", "Kamu menimbang", "Kamu menyebutkan"),
}
COMMENTS: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.LOVE: (
        "Ingatan seperti itu bisa menjadi petunjuk tentang kegiatan yang ingin kamu jalani lebih"
        " sering.",
        "Simpan cerita itu baik-baik, karena hal yang membuatmu betah layak ikut menentukan"
        " langkahmu.",
        "Dari cara kamu menuliskannya, ada kegiatan yang rasanya ingin terus kamu dekati.",
    ),
    Dimension.GOOD_AT: (
        "Pengalaman seperti itu adalah modal yang bisa terus kamu asah lewat latihan kecil.",
        "Hal yang sudah pernah kamu kerjakan lebih meyakinkan daripada niat saja, jadi teruslah"
        " menambahnya.",
        "Itu pijakan yang baik, dan kamu bisa memperluasnya dengan satu tantangan baru setiap"
        " bulan.",
    ),
    Dimension.WORLD_NEEDS: (
        "Perhatian pada hal itu bisa menuntunmu ke pekerjaan yang terasa berguna bagi orang lain.",
        "Kalau kepedulian itu kamu rawat, ada orang yang kelak terbantu oleh kerjamu.",
        "Hal yang kamu anggap penting ini patut ikut dipertimbangkan ketika memilih arah.",
    ),
    Dimension.PAID_FOR: (
        "Dari sana kamu bisa menimbang keahlian mana yang layak dibayar dan apa yang bisa dicoba"
        " lebih dulu.",
        "Bayangan itu bisa mulai diuji dari satu pesanan atau proyek kecil di sekitarmu.",
        "Langkah berikutnya, cari tahu siapa yang membutuhkannya dan berapa mereka bersedia"
        " membayar.",
    ),
}
HONEST = (
    "Mengetahui apa yang kurang cocok untukmu juga petunjuk berharga saat memilih arah, jadi"
    " kejujuran itu patut dihargai."
)
GENERAL: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.LOVE: (
        "Kamu punya hal-hal yang membuatmu betah, dan semuanya boleh ditemukan pelan-pelan."
        " Perhatikan kegiatan yang membuatmu lupa waktu minggu ini, lalu simpan sebagai petunjuk.",
        "Kamu boleh mengenali kesukaanmu sedikit demi sedikit. Hal kecil yang membuat harimu"
        " terasa ringan sudah cukup sebagai awal.",
    ),
    Dimension.GOOD_AT: (
        "Kamu membawa kemampuan yang mungkin terasa biasa bagimu, tetapi berarti bagi orang lain."
        " Coba tanyakan kepada teman dekat, bantuan apa yang paling sering mereka minta darimu.",
        "Kamu sedang tumbuh, dan kemampuanmu ikut tumbuh bersama setiap percobaan. Beri dirimu"
        " waktu untuk berlatih tanpa terburu-buru.",
    ),
    Dimension.WORLD_NEEDS: (
        "Kamu hidup di tengah banyak orang, dan kehadiranmu berarti bagi mereka. Pelan-pelan saja,"
        " perhatikan hal kecil di sekitarmu yang ingin kamu bantu ringankan.",
        "Kamu bisa berguna dengan banyak cara, mulai dari hal yang sederhana. Satu orang yang"
        " terbantu hari ini sudah menjadi awal yang baik.",
    ),
    Dimension.PAID_FOR: (
        "Kamu layak mendapat pekerjaan yang menghargai waktu dan usahamu. Mulailah dengan mencari"
        " tahu keahlian yang dibutuhkan orang di sekitarmu, lalu cocokkan dengan kesukaanmu.",
        "Kamu punya waktu untuk mencari tahu jalan penghasilan yang pas. Bertanya kepada orang"
        " yang sudah bekerja bisa menjadi langkah pertama yang ringan.",
    ),
}


def compose_narrative(facts: NarrativeFacts) -> RecommendationNarrative:
    """Four summaries and a reason per profession; passes `narrative.find_narrative_defects`.

    Deterministic; nothing is said of a profession that its data do not hold.
    """
    quotes = {
        name: find_quotes(facts.answers[name], facts.telling_names)
        for name in DIMENSIONS
        if name in facts.answers
    }
    spoken = [quote for found in quotes.values() for quote in found]
    reasons: dict[int, str] = {}
    for place, profession in enumerate(facts.professions):
        quote = _related_quote(profession, spoken)
        spoken = [other for other in spoken if other != quote]
        reasons[profession.profession_id] = _reason(facts, profession, place, quote)
    summaries = {name: _summary(name, quotes.get(name, ()), facts) for name in DIMENSIONS}
    return RecommendationNarrative(summaries, reasons)


def general_summary(dimension: Dimension, facts: NarrativeFacts) -> str:
    """A summary that quotes nothing, for a dimension whose text is not to be spoken of."""
    return _summary(dimension, (), facts)


def _summary(dimension: Dimension, quotes: Sequence[str], facts: NarrativeFacts) -> str:
    for quote in sorted(quotes, key=lambda item: (speaks_against(item), _is_meagre(item))):
        number = _stable_number(f"{dimension}:{quote}")
        opening = _pick(OPENINGS[dimension], number)
        comment = HONEST if speaks_against(quote) else _pick(COMMENTS[dimension], number // 7)
        summary = f"{opening}, “{phrases.lower_first(quote)}”. {comment}"
        if count_sentences(summary) == 2 and not names_profession(summary, facts.telling_names):
            return summary
    general = GENERAL[dimension]
    return next(
        (text for text in general if not names_profession(text, facts.telling_names)), general[0]
    )


def _is_meagre(quote: str) -> bool:
    return len(quote.split()) < TELLING_WORDS


def _related_quote(profession: RecommendationContext, quotes: Sequence[str]) -> str | None:
    """The user's words that speak most of this work, and not against it; None when none do."""
    context = ScoringContext(
        profession.profession_id,
        profession.name,
        profession.about,
        profession.activities,
        profession.hard_skills,
    )
    return next(iter(supporting(context, quotes)), None)


def _only(scores: Mapping[int, SubScores]) -> SubScores:
    (found,) = scores.values()
    return found


def _reason(
    facts: NarrativeFacts, profession: RecommendationContext, place: int, quote: str | None
) -> str:
    name = _inline(profession.name)[:MAX_NAME_CHARS].strip() or "Pilihan ini"
    activities = [
        phrases.as_activity(part) for item in profession.activities if (part := _part(item))
    ]
    first = _why_it_fits(facts, profession, name, activities, place)
    for second in (
        _what_you_bring(facts, quote, activities, place),
        _what_you_bring(facts, None, activities, place),
    ):
        text = f"{first} {second}"
        if count_sentences(text) == REASON_SENTENCES:
            return text
    return (
        "Pilihan ini dekat dengan minat yang kamu tunjukkan selama tes. Kenali kesehariannya lebih"
        " jauh, lalu rasakan apakah kamu ingin mencobanya."
    )


def _why_it_fits(
    facts: NarrativeFacts,
    profession: RecommendationContext,
    name: str,
    activities: Sequence[str],
    place: int,
) -> str:
    code = _code(facts)
    shared = set(facts.user_code) & set(profession.code or facts.user_code)
    relation = "sejalan dengan" if shared else "melengkapi"
    skills = [
        phrases.as_skill(part, frozenset()) for i in profession.hard_skills if (part := _part(i))
    ]
    day = f"misalnya saat {activities[0]}" if activities else ""
    if not day and skills:
        day = f"tempat kamu menekuni {skills[0]}"
    day = day or "dan kesehariannya layak kamu kenali lebih dekat"
    if facts.two_directions and len(facts.professions) > 1:
        if place == 0:
            return f"Minatmu menuju dua arah, dan {name} menampung salah satunya, {day}."
        return f"Arah minatmu yang lain bertemu di {name}, {day}."
    if len(activities) > 1 and _stable_number(name) % 2:
        pair = phrases.join_two(activities[0], activities[1])
        return f"{name} {relation} {code}, karena hari-harimu akan diisi dengan {pair}."
    return f"{name} {relation} {code}, {day}."


def _what_you_bring(
    facts: NarrativeFacts, quote: str | None, activities: Sequence[str], place: int
) -> str:
    if quote is not None:
        near = _nearest(quote, activities[2:])
        daily = f"kegiatan seperti {near}" if near else "keseharian di sana"
        return f"Ceritamu, “{phrases.lower_first(quote)}”, terasa dekat dengan {daily}."
    strengths = [part for item in facts.strengths if (part := _part(item))]
    if strengths:
        strength = phrases.lower_first(strengths[place % len(strengths)])
        return f"Ada kekuatanmu yang akan terpakai di sini: {strength}."
    return "Jawabanmu selama tes menunjukkan minat yang bisa tumbuh di sini."


def _nearest(quote: str, activities: Sequence[str]) -> str | None:
    """The activity that the quote speaks of most; None when it speaks of none."""
    fits = [
        (_only(judge_text(quote, [ScoringContext(0, "", None, (item,), ())])).k, item)
        for item in activities
    ]
    best = max(fits, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else None


def _code(facts: NarrativeFacts) -> str:
    code, title = _inline(facts.user_code), _inline(facts.code_title)
    if not code:
        return f"minatmu, {title}" if title else "minatmu"
    return f"kode {code} ({title}) milikmu" if title else f"kode {code} milikmu"


def _part(text: str) -> str | None:
    """Data that may stand within a sentence; None when blank or too long."""
    part = _inline(text)
    return part if part and len(part) <= MAX_PART_CHARS else None


def _inline(text: str) -> str:
    return " ".join(SENTENCE_END.sub("", " ".join(text.split())).split())


def _pick(items: Sequence[str], number: int) -> str:
    return items[number % len(items)]


def _stable_number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
