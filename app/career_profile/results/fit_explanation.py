"""Explains a fit check to the user: composed by rule from the two codes, never by a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.career_profile.results.fit_check import FitRule
from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter, are_opposite

MAX_NAME_CHARS = 120
LIKES: Mapping[Letter, str] = {
    Letter.R: "bekerja dengan alat dan mencoba sendiri",
    Letter.I: "menyelidiki sebab dan mengolah data",
    Letter.A: "mencipta dan bermain dengan gagasan",
    Letter.S: "menemani dan membantu orang",
    Letter.E: "memimpin dan meyakinkan orang",
    Letter.C: "menata dan memeriksa dengan teliti",
}
NOTHING_SHARED: Mapping[FitRule, str] = {
    FitRule.ADJACENT_DOMINANT: "Belum ada huruf yang sama; yang mendekatkan adalah letak kedua"
    " huruf pertama itu.",
    FitRule.CLOSE_PROFILE: "Belum ada huruf yang sama, tetapi tidak ada pula pasangan huruf yang"
    " berseberangan.",
}
PLACES = ("pertama", "kedua", "ketiga")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the user reads below the stars; `next_steps` are three."""

    meaning: str
    reason_points: tuple[str, ...]
    implication: str
    next_steps: tuple[str, ...]
    cta_primary: str
    cta_secondary: str


@dataclass(frozen=True, slots=True)
class _Wording:
    """`{name}` is the profession, the rest of the fields those of `_fields`."""

    meaning: str
    first_letters: str
    implication: str
    next_steps: tuple[str, str, str]
    cta_primary: str
    cta_secondary: str


WORDINGS: Mapping[FitRule, _Wording] = {
    FitRule.EXACT_MATCH: _Wording(
        meaning="Minatmu dan keseharian {name} bertemu di titik yang sama. Hal yang kamu nikmati"
        " memang menjadi isi pekerjaannya.",
        first_letters="Keduanya diawali {first}: kamu senang {likes}, dan itulah inti"
        " pekerjaannya.",
        implication="Kemungkinan besar kamu cepat betah di sana. Tinggal keahliannya yang perlu"
        " kamu bangun, dan itu bisa dimulai dari sekarang.",
        next_steps=(
            "Baca kegiatan sehari-hari {name}, lalu tandai satu yang paling ingin kamu coba.",
            "Pilih satu keahlian wajibnya dan latih lewat proyek kecil selama dua minggu.",
            "Cari seseorang yang sudah menjalaninya, lalu tanyakan bagian yang paling berat.",
        ),
        cta_primary="Lihat Jalur Karier",
        cta_secondary="Cek Profesi Lain",
    ),
    FitRule.PERMUTATION_MATCH: _Wording(
        meaning="Bahan minatmu sama dengan yang dibutuhkan {name}, hanya takarannya yang"
        " berbeda. Kamu punya modal yang lengkap untuk bidang ini.",
        first_letters="Dorongan terkuatnya tetap sama, yaitu {first}: kamu senang {likes}.",
        implication="Kamu akan mengenali dirimu di banyak bagian pekerjaan ini. Sesekali porsinya"
        " terasa lain dari kebiasaanmu, dan itu wajar.",
        next_steps=(
            "Perhatikan kegiatan {name} yang jarang kamu lakukan, lalu coba satu pekan ini.",
            "Bandingkan satu hari kerja di bidang ini dengan hari yang paling kamu nikmati.",
            "Ceritakan rencanamu kepada guru atau kakak tingkat, lalu minta satu masukan jujur.",
        ),
        cta_primary="Pelajari Profesi Ini",
        cta_secondary="Cek Profesi Lain",
    ),
    FitRule.DOMINANT_SAME: _Wording(
        meaning="Dorongan terkuatmu searah dengan inti pekerjaan {name}. Di sekelilingnya ada"
        " beberapa hal yang belum tentu menjadi kesukaanmu.",
        first_letters="Huruf pertamanya sama, {first}: kamu senang {likes}, dan itu terpakai sejak"
        " hari pertama.",
        implication="Kamu bisa menikmati bagian utamanya, lalu perlahan membiasakan diri dengan"
        " bagian yang lain. Menyukai semuanya sejak awal tidak wajib.",
        next_steps=(
            "Tulis tiga kegiatan {name} yang kamu sukai dan satu yang kamu ragukan.",
            "Coba kegiatan yang kamu ragukan itu sekali, dalam bentuk yang paling ringan.",
            "Lihat profesi serupa yang diawali huruf sama, lalu bandingkan isi harinya.",
        ),
        cta_primary="Pelajari Profesi Ini",
        cta_secondary="Cari Rekomendasi Profesi",
    ),
    FitRule.ADJACENT_DOMINANT: _Wording(
        meaning="{name} bertetangga dengan minat terkuatmu. Rasanya tidak asing, tetapi pusatnya"
        " bergeser sedikit dari yang paling kamu sukai.",
        first_letters="Huruf pertamamu {first}, karena kamu paling senang {likes}. Tetangganya di"
        " segi enam minat, {target_first}, memimpin pekerjaan ini: {target_likes}.",
        implication="Jembatannya ada, asalkan kamu mau bertemu cara kerja yang agak berbeda."
        " Cari bagian pekerjaan yang paling dekat dengan kesukaanmu.",
        next_steps=(
            "Temukan satu kegiatan {name} yang terasa paling akrab, lalu cobalah pekan ini.",
            "Ikuti satu kelas singkat gratis di bidang ini dan catat kapan kamu bersemangat.",
            "Tanyakan kepada orang di bidang ini, tugas mana yang cocok untuk orang sepertimu.",
        ),
        cta_primary="Pelajari Profesi Ini",
        cta_secondary="Cari Rekomendasi Profesi",
    ),
    FitRule.CLOSE_PROFILE: _Wording(
        meaning="Arah utamamu dan arah {name} berbeda, tetapi tidak saling berlawanan. Kamu masih"
        " bisa menemukan tempat di dalamnya.",
        first_letters="Huruf pertamamu {first}: kamu senang {likes}. Pekerjaan ini bertumpu pada"
        " {target_first}, artinya sering {target_likes}.",
        implication="Kamu mungkin perlu tenaga lebih untuk menyesuaikan diri. Alasan pribadi yang"
        " kuat akan banyak membantu, jadi kenali dulu apa yang membuatmu tertarik.",
        next_steps=(
            "Tulis dalam tiga kalimat apa yang membuatmu tertarik menjadi {name}.",
            "Amati satu hari kerja di bidang ini lewat video atau cerita orang yang menjalaninya.",
            "Bandingkan dengan dua profesi yang lebih dekat dengan minat terkuatmu.",
        ),
        cta_primary="Cari Rekomendasi Profesi",
        cta_secondary="Pelajari Profesi Ini",
    ),
    FitRule.MISMATCH: _Wording(
        meaning="Keseharian {name} cukup jauh dari hal-hal yang biasanya memberimu tenaga. Ini"
        " bukan larangan, melainkan bahan untuk memilih dengan sadar.",
        first_letters="Kekuatan utamamu {first}, yaitu {likes}. Pekerjaan ini meminta"
        " {target_first}: hampir setiap hari {target_likes}.",
        implication="Kalau tetap kamu pilih, siapkan diri untuk sering bekerja di luar kebiasaan."
        " Bisa jadi ada peran di sekitarnya yang lebih pas untukmu.",
        next_steps=(
            "Tanyakan kepada dirimu: bagian mana dari {name} yang sebenarnya kamu kagumi?",
            "Cari peran lain di lingkungan yang sama yang lebih dekat dengan kesukaanmu.",
            "Lihat rekomendasi profesi dari minatmu, lalu pilih dua untuk kamu kenali.",
        ),
        cta_primary="Cari Rekomendasi Profesi",
        cta_secondary="Cek Profesi Lain",
    ),
}


def explain_fit(
    rule: FitRule, user_code: str, profession_code: str, profession_name: str
) -> Explanation:
    """The text for a verdict; deterministic. The first reason names both codes."""
    name = " ".join(profession_name.split())[:MAX_NAME_CHARS].strip() or "profesi ini"
    wording, fields = WORDINGS[rule], _fields(user_code, profession_code, name)
    points = [
        _codes(rule, user_code, profession_code, name),
        wording.first_letters.format(**fields),
    ]
    points.extend(_further_points(rule, user_code, profession_code))
    return Explanation(
        meaning=_sentence(wording.meaning, fields),
        reason_points=tuple(points),
        implication=wording.implication,
        next_steps=tuple(_sentence(step, fields) for step in wording.next_steps),
        cta_primary=wording.cta_primary,
        cta_secondary=wording.cta_secondary,
    )


def _fields(user_code: str, profession_code: str, name: str) -> dict[str, str]:
    mine, theirs = Letter(user_code[0]), Letter(profession_code[0])
    return {
        "name": name,
        "first": _named(mine),
        "likes": LIKES[mine],
        "target_first": _named(theirs),
        "target_likes": LIKES[theirs],
    }


def _sentence(template: str, fields: Mapping[str, str]) -> str:
    text = template.format(**fields)
    return text[0].upper() + text[1:]


def _named(letter: Letter) -> str:
    return f"{letter} ({TYPE_NAMES[letter]})"


def _codes(rule: FitRule, user_code: str, profession_code: str, name: str) -> str:
    if rule is FitRule.EXACT_MATCH:
        return f"Kodemu {user_code} sama persis dengan kode {name}, yaitu {profession_code}."
    if rule is FitRule.PERMUTATION_MATCH:
        return (
            f"Kodemu {user_code} dan kode {name}, {profession_code}, memuat huruf yang sama dengan"
            " urutan berbeda."
        )
    return f"Kodemu {user_code}, sedangkan kode {name} adalah {profession_code}."


def _further_points(rule: FitRule, user_code: str, profession_code: str) -> list[str]:
    """What the letters after the first say."""
    if rule in (FitRule.EXACT_MATCH, FitRule.PERMUTATION_MATCH):
        return [_supporting(user_code)]
    points = []
    first_is_shared = user_code[0] == profession_code[0]
    shared = [x for x in profession_code[first_is_shared:] if x in user_code]
    if shared:
        points.append(
            f"{_list(shared)} ada di kedua kode, jadi kesukaanmu {_likes(shared)} ikut terpakai."
        )
    if rule is FitRule.MISMATCH:
        points.append(_opposition(user_code, profession_code))
    elif rule is FitRule.DOMINANT_SAME:
        points.append(_difference(user_code, profession_code))
    elif not shared:
        points.append(NOTHING_SHARED[rule])
    return points


def _supporting(user_code: str) -> str:
    others = user_code[1:]
    if not others:
        return "Minatmu terpusat pada satu arah, begitu pula pekerjaan ini."
    return f"{_list(others)} ikut mendukung: kamu juga akan sering {_likes(others)}."


def _difference(user_code: str, profession_code: str) -> str:
    new = [x for x in profession_code if x not in user_code]
    if new:
        return f"Yang baru untukmu adalah {_list(new)}: kamu akan diajak {_likes(new)}."
    unused = [x for x in user_code if x not in profession_code]
    return f"{_list(unused)} kurang terpakai di sini; salurkan lewat hobi atau proyek sampingan."


def _opposition(user_code: str, profession_code: str) -> str:
    pairs = enumerate(zip(user_code, profession_code, strict=False))
    place, (mine, theirs) = next((n, pair) for n, pair in pairs if are_opposite(*pair))
    return (
        f"Pada huruf {PLACES[place]}, {_named(Letter(mine))} milikmu berseberangan dengan"
        f" {_named(Letter(theirs))} milik pekerjaan ini di segi enam minat."
    )


def _list(letters: Sequence[str]) -> str:
    return " dan ".join(_named(Letter(letter)) for letter in letters)


def _likes(letters: Sequence[str]) -> str:
    return " serta ".join(LIKES[Letter(letter)] for letter in letters)
