"""What a profession looks like to the model: three frozen sizes, each loaded by one query."""

from dataclasses import dataclass

NOT_AVAILABLE = "Tidak tersedia"
CONTENT_ABOUT_CHARS = 400
SCORING_ABOUT_CHARS = 300
SCORING_SKILLS = 3


@dataclass(frozen=True, slots=True)
class CareerStep:
    """A step of the career path; salaries in rupiah per month, None when unknown."""

    title: str
    experience_range: str | None
    salary_min: int | None
    salary_max: int | None


@dataclass(frozen=True, slots=True)
class CodedName:
    """A profession by name and interest code; the code fields are None when it has none."""

    profession_id: int
    name: str
    code_id: int | None
    code: str | None


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """At most 300 characters about it, 5 activities, 3 required hard skills."""

    profession_id: int
    name: str
    about: str | None
    activities: tuple[str, ...]
    hard_skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentContext:
    """For the narratives of the options: at most 400 characters about it, 5 activities,
    5 hard and 3 soft skills, 4 tools, 3 market insights; `senior` is None with a single step.
    """

    profession_id: int
    name: str
    code: str | None
    code_title: str | None
    about: str | None
    riasec_description: str | None
    strengths: tuple[str, ...]
    work_environments: tuple[str, ...]
    activities: tuple[str, ...]
    hard_skills: tuple[str, ...]
    soft_skills: tuple[str, ...]
    tools: tuple[str, ...]
    market_insights: tuple[str, ...]
    entry: CareerStep | None
    senior: CareerStep | None

    @property
    def telling_names(self) -> tuple[str, ...]:
        """Names that would give the profession away in a narrative."""
        steps = (self.entry, self.senior)
        return (self.name, *(step.title for step in steps if step is not None))


@dataclass(frozen=True, slots=True)
class RecommendationContext:
    """For the reasons of the two recommended professions: the text about it uncut."""

    profession_id: int
    name: str
    code: str | None
    code_title: str | None
    about: str | None
    riasec_description: str | None
    strengths: tuple[str, ...]
    work_environments: tuple[str, ...]
    activities: tuple[str, ...]
    hard_skills: tuple[str, ...]
    entry: CareerStep | None
    senior: CareerStep | None

    @property
    def for_scoring(self) -> ScoringContext:
        """The same profession in the size that is scored."""
        return ScoringContext(
            self.profession_id,
            self.name,
            cut(self.about, SCORING_ABOUT_CHARS),
            self.activities,
            self.hard_skills[:SCORING_SKILLS],
        )


def cut(text: str | None, limit: int) -> str | None:
    """At most `limit` characters, cut after a whole word; blank is None."""
    text = (text or "").strip()
    if not text:
        return None
    if len(text) <= limit:
        return text
    shortened = text[: limit + 1].rsplit(None, 1)[0]
    return shortened[:limit]


def format_salary_range(step: CareerStep | None) -> str | None:
    """ "Rp 8-12 juta/bulan", or None when a bound is unknown."""
    if step is None or step.salary_min is None or step.salary_max is None:
        return None
    return f"Rp {_millions(step.salary_min)}-{_millions(step.salary_max)} juta/bulan"


def describe_step(step: CareerStep | None) -> str:
    """A career step as a prompt shows it; what is missing reads "Tidak tersedia"."""
    if step is None:
        return NOT_AVAILABLE
    salary = format_salary_range(step) or f"gaji {NOT_AVAILABLE.lower()}"
    experience = step.experience_range or f"pengalaman {NOT_AVAILABLE.lower()}"
    return f"{step.title}, {experience}, {salary}"


def _millions(rupiah: int) -> str:
    return f"{rupiah / 1_000_000:g}".replace(".", ",")
