"""The advisor by rule: answers a message from what the conversation knows. Pure.

Taken when no model is configured. Nothing is said of the person that `about` does not hold.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.chat.advisor.intents import Intent, intent_of
from app.chat.advisor.without_result import WITHOUT_RESULT
from app.chat.advisor.wording import EXERCISES, LIKES, STRENGTHS, STUDIES, greeting, listed, named
from app.chat.assessment.about import About, read_about

MIN_WORDS: Final = 60
MAX_WORDS: Final = 150
MAX_QUOTED_WORDS: Final = 35
CLOSINGS: Final = (
    "Pelan-pelan saja, kamu tidak harus memutuskan semuanya hari ini.",
    "Hasil tes ini bahan pertimbangan, dan keputusannya tetap ada di tanganmu.",
    "Kalau ada bagian yang terasa kurang pas, ceritakan saja, nanti kita lihat bersama.",
    "Catat juga apa yang membuatmu bersemangat di sepanjang jalan, karena itu petunjuk yang"
    " berharga.",
)


def answer_offline(facts: Mapping[str, Any]) -> str:
    """60 to 150 words in Indonesian from {"question", "about", "first_name"}; deterministic.

    With "told", what the advisor has said before in this talk, who the person is is said once.
    """
    about = read_about(facts.get("about"))
    told = str(facts.get("told") or "")
    intent = intent_of(str(facts.get("question") or ""))
    hello = greeting(facts.get("first_name"))
    if not about.letters and about.target is None and not about.professions:
        general = WITHOUT_RESULT[intent]
        return f"{hello} {general}" if intent is Intent.GREETING else general
    if intent is Intent.GREETING:
        said: Parts = [f"{hello} Senang kamu mampir.", *_greeting(about)], ()
    else:
        said = ANSWERS[intent](about)
    known = {*_profile(about), *_of_target(about)}
    return _fitted(
        [part for part in said[0] if part not in known or part not in told], said[1], told
    )


# What must be said, and what is added while there is room for it.
Parts = tuple[Sequence[str], Sequence[str]]


def _strengths(about: About) -> Parts:
    own = [text for sentence in about.strengths[:2] for text in _whole(sentence)]
    own = own or [STRENGTHS[letter] for letter in about.strongest]
    return [
        *_profile(about),
        *own,
        "Coba ingat satu tugas minggu ini yang terasa ringan bagimu, lalu tanyakan: bagian mana"
        " yang paling kamu nikmati?",
    ], _told(about)


def _challenges(about: About) -> Parts:
    own = [text for sentence in about.challenges[:2] for text in _whole(sentence)]
    return [
        *_profile(about),
        *(
            own
            or ["Di sisi lain, hal di luar minat itu bisa terasa lebih cepat melelahkan bagimu."]
        ),
        "Itu bukan kekurangan yang menutup jalanmu, melainkan tanda di mana kamu perlu teman,"
        " waktu, atau latihan.",
        "Pilih satu keadaan minggu ini yang terasa berat, lalu coba satu cara yang berbeda. Bagian"
        " mana yang paling sering menghambatmu?",
    ], about.strategies[:1]


def _pay(about: About) -> Parts:
    goal = about.target.name if about.target else next(iter(about.professions), None)
    subject = goal or "profesi yang kamu incar"
    return [
        f"Aku tidak punya data gaji yang bisa dipercaya untuk {subject}, jadi aku tidak mau menebak"
        " angkanya.",
        "Besarnya biasanya bergantung pada kota, pengalaman, dan jenis tempat kerja.",
        f"Cari tiga lowongan{f' {goal}' if goal else ''} di kotamu, lalu catat kisaran gaji dan"
        " syarat yang diminta. Tanyakan juga kepada satu orang yang sudah bekerja di sana.",
        *_profile(about),
        "Selain angkanya, seperti apa hari kerja yang ingin kamu jalani?",
    ], ()


def _thanks(about: About) -> Parts:
    return [
        "Sama-sama! Senang bisa menemanimu.",
        *_profile(about),
        "Simpan satu hal dari obrolan ini yang paling berkesan, lalu coba jalankan dalam tiga hari"
        " ke depan. Ceritakan hasilnya di sini kapan saja, ya.",
        "Masih ada yang ingin kamu bahas?",
    ], ()


def _exploration(about: About) -> Parts:
    if about.target is not None:
        said = _of_target(about)
    elif about.professions:
        said = [
            f"Dari hasil tesmu, profesi yang paling dekat denganmu saat ini adalah"
            f" {listed(about.professions)}."
        ]
    else:
        said = ["Hasil tesmu sudah memberi arah, walaupun belum menunjuk satu profesi."]
    subject = about.target.name if about.target else next(iter(about.professions), "profesi itu")
    return [
        *said,
        *_profile(about),
        f"Untuk mengenalnya lebih dekat, cari satu orang yang bekerja sebagai {subject}, lalu"
        " tanyakan seperti apa hari biasanya dan bagian mana yang paling berat."
        if subject != "profesi itu"
        else "Untuk mengenalnya, cari satu orang yang pekerjaannya kamu kagumi, lalu tanyakan"
        " seperti apa hari biasanya dan bagian mana yang paling berat.",
        "Dari ceritanya, bagian mana yang ingin kamu coba lebih dulu?",
    ], about.reasons[:1]


def _comparison(about: About) -> Parts:
    if len(about.professions) < 2:
        return _exploration(about)
    first, second = about.professions[:2]
    return [
        f"{first} dan {second} sama-sama muncul dari jawabanmu, dengan {first} sedikit lebih dekat"
        " menurut hitungan tes.",
        *_profile(about),
        "Selisih angka di tes tidak menentukan segalanya, jadi bandingkan kesehariannya: kegiatan"
        " mana yang rela kamu ulang setiap pekan, dan bagian mana yang cepat membuatmu lelah.",
        "Coba satu tugas kecil dari masing-masing selama satu akhir pekan. Setelah itu, mana yang"
        " ingin kamu lanjutkan?",
    ], about.reasons[:2]


def _next_steps(about: About) -> Parts:
    goal = about.target.name if about.target else next(iter(about.professions), None)
    exercises = [EXERCISES[letter] for letter in about.strongest]
    aim = f"menuju {goal}" if goal else "mengembangkan minat terkuatmu"
    return [
        f"Untuk {aim}, langkahnya boleh kecil asal benar-benar kamu jalani.",
        *_profile(about),
        *exercises[:1],
        *[f"Pekan berikutnya, lanjutkan begini. {exercise}" for exercise in exercises[1:]],
        "Simpan hasilnya sebagai portofolio sederhana. Langkah mana yang paling mungkin kamu"
        " kerjakan dalam tiga hari ini?",
    ], about.strategies[:1]


def _study(about: About) -> Parts:
    goal = about.target.name if about.target else next(iter(about.professions), None)
    fields = [f"untuk {named(x)}, misalnya {STUDIES[x]}" for x in about.strongest]
    return [
        *_profile(about),
        *(
            [f"Bidang studi yang sering dekat dengan minatmu: {'; '.join(fields)}."]
            if fields
            else []
        ),
        f"Kalau {goal} tetap menjadi tujuanmu, lihat mata kuliah dua semester pertama dan"
        " cocokkan dengan kegiatan yang kamu sukai."
        if goal
        else "Lihat mata kuliah dua semester pertama, lalu cocokkan dengan kegiatan yang kamu"
        " sukai.",
        "Nama jurusan tidak mengunci jalanmu, karena banyak orang sampai ke profesinya lewat jalan"
        " memutar. Jurusan apa yang sekarang sedang kamu pertimbangkan?",
    ], ()


def _doubt(about: About) -> Parts:
    return [
        "Wajar kalau kamu merasa ragu, apalagi ketika pilihanmu menyangkut harapan orang-orang"
        " yang kamu sayangi.",
        *_profile(about),
        "Kamu bisa mulai dari obrolan yang tenang: ceritakan apa yang kamu nikmati, dengarkan apa"
        " yang mereka khawatirkan, lalu tawarkan satu percobaan kecil selama sebulan.",
        "Bukti kecil sering lebih meyakinkan daripada perdebatan. Bagian mana yang paling membuatmu"
        " ragu sekarang?",
    ], _told(about)


def _greeting(about: About) -> Sequence[str]:
    return [
        *_profile(about),
        *(_of_target(about) if about.target else []),
        *(
            [f"Dari jawabanmu, {listed(about.professions)} muncul sebagai pilihan terdekat."]
            if about.professions
            else []
        ),
        "Kita bisa mengobrol tentang kekuatanmu, profesi yang ingin kamu kenali, atau langkah kecil"
        " untuk minggu ini. Mau mulai dari mana?",
    ]


def _other(about: About) -> Parts:
    goal = about.target.name if about.target else next(iter(about.professions), None)
    subject = f"soal {goal}" if goal else "soal minatmu"
    return [
        "Untuk hal itu aku belum bisa banyak membantu, karena aku paling paham soal diri, belajar,"
        " dan kariermu.",
        *_profile(about),
        f"Kita bisa melanjutkan {subject}, membahas kekuatan yang ingin kamu pakai lebih sering,"
        " atau menyusun satu langkah kecil untuk minggu ini. Mana yang ingin kamu bahas dulu?",
    ], _told(about)


ANSWERS: Final[Mapping[Intent, Callable[[About], Parts]]] = {
    Intent.STRENGTHS: _strengths,
    Intent.CHALLENGES: _challenges,
    Intent.PAY: _pay,
    Intent.THANKS: _thanks,
    Intent.EXPLORATION: _exploration,
    Intent.COMPARISON: _comparison,
    Intent.NEXT_STEPS: _next_steps,
    Intent.STUDY: _study,
    Intent.DOUBT: _doubt,
    Intent.OTHER: _other,
}


def _profile(about: About) -> Sequence[str]:
    """Who the person is, by the two strongest letters."""
    if not about.letters:
        return ()
    strongest = about.strongest
    joys = ", juga saat ".join(LIKES[letter] for letter in strongest)
    return [
        f"Minat terkuatmu {listed([named(letter) for letter in strongest])}: kamu cenderung"
        f" bersemangat saat {joys}."
    ]


def _of_target(about: About) -> Sequence[str]:
    target = about.target
    if target is None:
        return ()
    verdict = f" adalah {target.label}" if target.label else " sudah kami hitung"
    return [f"Hasil cek kecocokanmu dengan {target.name}{verdict}.", *_whole(target.meaning)]


def _told(about: About) -> Sequence[str]:
    return _whole(about.loved)


def _whole(text: str | None) -> Sequence[str]:
    return [text] if text and len(text.split()) <= MAX_QUOTED_WORDS else ()


def _fitted(said: Sequence[str], extra: Sequence[str], told: str) -> str:
    """The parts as one text; what is extra stands before the last, which asks back."""
    parts = list(said)
    for part in extra:
        if _words([*parts, part]) <= MAX_WORDS and part not in parts and part not in told:
            parts.insert(len(parts) - 1, part)
    for closing in sorted(CLOSINGS, key=told.rfind):  # what was not said for longest
        if _words(parts) >= MIN_WORDS:
            break
        parts.insert(len(parts) - 1, closing)
    return " ".join(part for part in parts if part)


def _words(parts: Sequence[str]) -> int:
    return sum(len(part.split()) for part in parts)
