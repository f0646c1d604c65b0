"""The first message of a conversation about a result, by rule. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.career_profile.riasec.hexagon import LETTERS, TYPE_NAMES, Letter
from app.chat.advisor.wording import LIKES, greeting, listed, named
from app.chat.assessment.about import About, Target, read_about
from app.chat.assessment.suggestions import Suggested, suggest

MAX_QUOTED_WORDS: Final = 45
OPENINGS: Final = (
    "Terima kasih sudah menyelesaikan tesnya. Aku sudah membaca hasilmu, dan ini yang paling"
    " menonjol.",
    "Hasil tesmu sudah siap, dan aku senang bisa membahasnya bersamamu. Ini yang menarik"
    " perhatianku.",
    "Selamat, tesmu sudah selesai. Sebelum kita mengobrol, ini yang kulihat dari hasilmu.",
)
CLOSING: Final = "Kamu bisa mulai dari salah satu pertanyaan ini:"
# One for each pair of letters, whichever comes first: what the two do together.
TOGETHER: Final[Mapping[frozenset[Letter], str]] = {
    frozenset({Letter.R, Letter.I}): (
        "Perpaduan ini cocok dengan orang yang ingin paham cara kerja sesuatu lalu membuktikannya"
        " sendiri."
    ),
    frozenset({Letter.R, Letter.A}): (
        "Perpaduan ini sering tampak pada orang yang gagasannya baru terasa selesai setelah"
        " menjadi benda nyata."
    ),
    frozenset({Letter.R, Letter.S}): (
        "Perpaduan ini cocok dengan orang yang menunjukkan kepedulian lewat bantuan yang nyata."
    ),
    frozenset({Letter.R, Letter.E}): (
        "Perpaduan ini sering tampak pada orang yang cepat bertindak dan berani memimpin"
        " pekerjaan di lapangan."
    ),
    frozenset({Letter.R, Letter.C}): (
        "Perpaduan ini cocok dengan orang yang suka pekerjaan nyata yang rapi, terukur, dan tuntas."
    ),
    frozenset({Letter.I, Letter.A}): (
        "Perpaduan ini sering tampak pada orang yang berpikir tajam tetapi tetap mencari sudut"
        " pandang baru."
    ),
    frozenset({Letter.I, Letter.S}): (
        "Perpaduan ini cocok dengan orang yang ingin memahami masalah supaya bisa menolong orang"
        " lain."
    ),
    frozenset({Letter.I, Letter.E}): (
        "Perpaduan ini sering tampak pada orang yang mengambil keputusan berani dengan alasan"
        " yang kuat."
    ),
    frozenset({Letter.I, Letter.C}): (
        "Perpaduan ini cocok dengan orang yang teliti dan tidak puas sebelum angkanya masuk akal."
    ),
    frozenset({Letter.A, Letter.S}): (
        "Perpaduan ini sering tampak pada orang yang menyentuh hati orang lain lewat karya dan"
        " cerita."
    ),
    frozenset({Letter.A, Letter.E}): (
        "Perpaduan ini cocok dengan orang yang punya gagasan segar dan berani menawarkannya."
    ),
    frozenset({Letter.A, Letter.C}): (
        "Perpaduan ini sering tampak pada orang yang imajinasinya hidup dan hasil kerjanya tertata."
    ),
    frozenset({Letter.S, Letter.E}): (
        "Perpaduan ini cocok dengan orang yang mengajak banyak orang maju bersama."
    ),
    frozenset({Letter.S, Letter.C}): (
        "Perpaduan ini sering tampak pada orang yang telaten dan bisa diandalkan saat orang lain"
        " butuh bantuan."
    ),
    frozenset({Letter.E, Letter.C}): (
        "Perpaduan ini cocok dengan orang yang punya target jelas dan rapi menjalankan rencananya."
    ),
}


def compose_welcome(about: About, first_name: str) -> str:
    """Names the person, two or three insights of the result and three questions; deterministic.

    `about` must hold at least two letters: everything else may be unknown.
    """
    suggested = suggest(about)
    questions = suggested.first_of_each if suggested else []
    letters, together = _letters(about)
    others = [*_professions(about), *_own_words(about)]
    insights = [f"{letters} {together}", *others] if others else [letters, together]
    opening = OPENINGS[sum(map(LETTERS.index, about.letters[:3])) % len(OPENINGS)]
    return "\n\n".join(
        [
            f"{greeting(first_name)} {opening}",
            _lines(insights),
            f"{CLOSING}\n{_lines(questions)}",
        ]
    )


def answer_offline(facts: Mapping[str, Any]) -> str:
    """The offline model's welcome, from {"about", "first_name"}."""
    return compose_welcome(read_about(facts["about"]), str(facts["first_name"]))


def title_of(about: About) -> str:
    """What the conversation is called in the list."""
    if about.target is not None:
        return f"Cek kecocokan: {about.target.name}"
    return f"Hasil tesku: {'–'.join(TYPE_NAMES[letter] for letter in about.strongest)}"


def suggestions_of(context: object) -> Sequence[str]:
    """6 to 8 for a context that holds a result, none for any other."""
    suggested: Suggested | None = suggest(read_about(context))
    return suggested.everything if suggested else ()


def _letters(about: About) -> tuple[str, str]:
    """What the two strongest letters like, and what they do together."""
    strongest = about.strongest
    joys = ", juga saat ".join(LIKES[letter] for letter in strongest)
    return (
        f"Minat terkuatmu {listed([named(letter) for letter in strongest])}: kamu cenderung"
        f" bersemangat saat {joys}.",
        TOGETHER[frozenset(strongest)],
    )


def _professions(about: About) -> Sequence[str]:
    if about.target is not None:
        return [_verdict(about.target)]
    if not about.professions:
        return ()
    if len(about.professions) == 1:
        return [f"Profesi yang paling dekat denganmu saat ini adalah {about.professions[0]}."]
    return [f"Dua profesi yang paling dekat denganmu adalah {listed(about.professions)}."]


def _verdict(target: Target) -> str:
    verdict = f": {target.label}." if target.label else " sudah ada."
    meaning = f" {target.meaning}" if target.meaning else ""
    return f"Hasil cek kecocokanmu dengan {target.name}{verdict}{meaning}"


def _own_words(about: About) -> Sequence[str]:
    """What the person told of themselves, or what their code says of them."""
    for text in (about.loved, *about.strengths[:1]):
        if text and len(text.split()) <= MAX_QUOTED_WORDS:
            return [text]
    return ()


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)
