"""Questions that a person may want to ask about their own result. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.chat.assessment.about import About

MAX_CHARS: Final = 120
PER_THEME: Final = (3, 2, 3)  # exploration, strengths, development
USES: Final[Mapping[Letter, str]] = {
    Letter.R: "Pekerjaan apa yang cocok dengan kesukaanku mengerjakan sesuatu dengan tangan?",
    Letter.I: "Pekerjaan apa yang cocok dengan kesukaanku menyelidiki dan mengolah data?",
    Letter.A: "Pekerjaan apa yang cocok dengan kesukaanku mencipta dan bermain dengan gagasan?",
    Letter.S: "Pekerjaan apa yang cocok dengan kesukaanku menemani dan membantu orang?",
    Letter.E: "Pekerjaan apa yang cocok dengan kesukaanku memimpin dan meyakinkan orang?",
    Letter.C: "Pekerjaan apa yang cocok dengan kesukaanku menata hal sampai rapi dan teliti?",
}
STRENGTHS: Final[Mapping[Letter, str]] = {
    Letter.R: "Bagaimana keterampilan tanganku bisa menjadi kekuatan utamaku?",
    Letter.I: "Bagaimana rasa ingin tahuku bisa menjadi kekuatan utamaku?",
    Letter.A: "Bagaimana kreativitasku bisa menjadi kekuatan utamaku?",
    Letter.S: "Bagaimana kepekaanku pada orang lain bisa menjadi kekuatan utamaku?",
    Letter.E: "Bagaimana keberanianku memimpin bisa menjadi kekuatan utamaku?",
    Letter.C: "Bagaimana ketelitianku bisa menjadi kekuatan utamaku?",
}
DEVELOPMENT: Final[Mapping[Letter, str]] = {
    Letter.R: "Proyek kecil apa yang bisa kubuat sendiri untuk melatih keterampilanku?",
    Letter.I: "Kebiasaan apa yang bisa mengasah rasa ingin tahuku?",
    Letter.A: "Bagaimana cara melatih kreativitasku secara rutin?",
    Letter.S: "Pengalaman apa yang bisa melatihku mendampingi orang?",
    Letter.E: "Langkah apa yang bisa melatihku memimpin kelompok?",
    Letter.C: "Kebiasaan apa yang bisa membuat ketelitianku makin berguna?",
}


@dataclass(frozen=True, slots=True)
class Suggested:
    """At least two of each; none is longer than MAX_CHARS, no two are the same."""

    exploration: tuple[str, ...]
    strengths: tuple[str, ...]
    development: tuple[str, ...]

    @property
    def everything(self) -> list[str]:
        """6 to 8."""
        return [*self.exploration, *self.strengths, *self.development]

    @property
    def first_of_each(self) -> list[str]:
        return [self.strengths[0], self.exploration[0], self.development[0]]


def suggest(about: About) -> Suggested | None:
    """From the two strongest letters and the professions, or the target of a fit check; None when
    fewer than two letters are known.
    """
    if len(about.strongest) < 2:
        return None
    first, second = about.strongest
    pair = f"{TYPE_NAMES[first]} dan {TYPE_NAMES[second]}"
    by_theme = (
        [
            *(_of_target(about) or _of_professions(about.professions)),
            f"Profesi apa saja yang cocok untuk minat {pair}?",
            USES[first],
        ],
        [f"Apa kekuatan dari perpaduan minat {pair}?", STRENGTHS[first], STRENGTHS[second]],
        [*_towards(about), DEVELOPMENT[first], DEVELOPMENT[second]],
    )
    return Suggested(*(_kept(*part) for part in zip(by_theme, PER_THEME, strict=True)))


def _of_target(about: About) -> Sequence[str]:
    if (target := about.target) is None:
        return ()
    name = target.name
    if target.category == "LOW":
        return [
            f"Peran apa di sekitar {name} yang lebih cocok untukku?",
            f"Bagian mana dari pekerjaan {name} yang mungkin berat untukku?",
        ]
    if target.category == "HIGH":
        return [
            f"Seperti apa keseharian {name}?",
            f"Bagian mana dari pekerjaan {name} yang paling cocok denganku?",
        ]
    return [
        f"Bagian mana dari pekerjaan {name} yang paling cocok denganku?",
        f"Hal baru apa yang perlu kubiasakan untuk menjadi {name}?",
    ]


def _of_professions(professions: Sequence[str]) -> Sequence[str]:
    if not professions:
        return ()
    day = f"Seperti apa keseharian {professions[0]}?"
    if len(professions) < 2:
        return [day, f"Mengapa {professions[0]} dianggap cocok untukku?"]
    return [day, f"Apa bedanya {professions[0]} dan {professions[1]} untuk orang sepertiku?"]


def _towards(about: About) -> Sequence[str]:
    goal = about.target.name if about.target else next(iter(about.professions), None)
    if goal is None:
        return ["Langkah pertama apa yang bisa kuambil minggu ini?"]
    return [
        f"Langkah pertama apa yang bisa kuambil untuk menjadi {goal}?",
        f"Jurusan kuliah apa yang dekat dengan pekerjaan {goal}?",
    ]


def _kept(texts: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple([text for text in dict.fromkeys(texts) if len(text) <= MAX_CHARS][:most])
