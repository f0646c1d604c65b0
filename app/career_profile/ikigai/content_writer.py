"""Writes the narratives of the options: one batched call, one repair call, then by rule."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from app.career_profile.ikigai.composer import compose_narratives
from app.career_profile.ikigai.content import Narratives, find_narrative_defects
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.llm.budget import Budget
from app.llm.port import (
    CompletionRequest,
    Deadline,
    LanguageModel,
    Message,
    ModelError,
    Purpose,
)
from app.llm.prompts import as_data, render
from app.llm.text import one_clean_line
from app.professions.context import NOT_AVAILABLE, ContentContext, describe_step

logger = structlog.get_logger()

PROMPTS = "app.career_profile.ikigai.prompts"
WRITE_PROMPT = "ikigai_content_v1"
REPAIR_PROMPT = "ikigai_content_repair_v1"
TEMPERATURE = 0.7
BASE_TOKENS = 200
TOKENS_PER_PROFESSION = 600

Source = Literal["model", "fallback"]
Written = Mapping[int, Narratives]


@dataclass(frozen=True, slots=True)
class OptionText:
    """The narratives of one profession and who wrote them."""

    narratives: Narratives
    source: Source


class ContentWriter:
    """At most three HTTP attempts for a whole set of options: call, retry, repair."""

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget

    async def write(
        self, professions: Sequence[ContentContext], deadline: Deadline | None = None
    ) -> dict[int, OptionText]:
        """Narratives for every profession given; what the model cannot do is composed by rule.

        `deadline` is that of the work which this belongs to; None begins one of its own.
        """
        deadline = deadline or self._budget.start()
        messages = render(
            PROMPTS,
            WRITE_PROMPT,
            count=str(len(professions)),
            professions=as_data([describe(item) for item in professions]),
        )
        written = await self._ask(professions, messages, deadline, max_attempts=2)
        if written is None:
            return {item.profession_id: fallback_text(item) for item in professions}
        defects = _defects(professions, written)
        if defects:
            written = {**written, **await self._repair(professions, defects, deadline)}
            defects = _defects(professions, written)
        return {
            item.profession_id: fallback_text(item)
            if item.profession_id in defects
            else OptionText(written[item.profession_id], "model")
            for item in professions
        }

    async def _repair(
        self,
        professions: Sequence[ContentContext],
        defects: Mapping[int, Mapping[str, Sequence[str]]],
        deadline: Deadline,
    ) -> Written:
        broken = [item for item in professions if item.profession_id in defects]
        messages = render(
            PROMPTS,
            REPAIR_PROMPT,
            count=str(len(broken)),
            defects=as_data({str(pid): found for pid, found in defects.items()}),
            professions=as_data([describe(item) for item in broken]),
        )
        return await self._ask(broken, messages, deadline, max_attempts=1) or {}

    async def _ask(
        self,
        professions: Sequence[ContentContext],
        messages: tuple[Message, ...],
        deadline: Deadline,
        *,
        max_attempts: int,
    ) -> Written | None:
        request = CompletionRequest(
            purpose=Purpose.CONTENT,
            messages=messages,
            schema=content_schema(professions),
            read=content_reader(professions),
            facts=tuple(professions),
            deadline=deadline,
            attempt_timeout_s=self._budget.attempt_timeout_s,
            temperature=TEMPERATURE,
            max_tokens=BASE_TOKENS + TOKENS_PER_PROFESSION * len(professions),
            max_attempts=max_attempts,
        )
        try:
            return (await self._model.complete(request)).value
        except ModelError as error:
            logger.warning("ikigai_content_failed", reason=error.reason, attempts=error.attempts)
            return None


def fallback_text(profession: ContentContext) -> OptionText:
    return OptionText(compose_narratives(profession), "fallback")


def answer_offline(professions: Sequence[ContentContext]) -> object:
    """The offline model's answer: composed from the professions' own data."""
    return {
        "professions": [
            {"profession_id": item.profession_id, **compose_narratives(item)}
            for item in professions
        ]
    }


def describe(profession: ContentContext) -> dict[str, object]:
    """The profession as the prompt shows it; what is missing reads "Tidak tersedia"."""
    lists = {
        "kekuatan": profession.strengths,
        "lingkungan_kerja": profession.work_environments,
        "aktivitas": profession.activities,
        "hard_skill_wajib": profession.hard_skills,
        "soft_skill_wajib": profession.soft_skills,
        "tools": profession.tools,
        "kondisi_pasar": profession.market_insights,
    }
    code = profession.code
    return {
        "profession_id": profession.profession_id,
        "nama": profession.name,
        "kode_riasec": f"{code} ({profession.code_title})" if code else NOT_AVAILABLE,
        "deskripsi": profession.about or NOT_AVAILABLE,
        "kecocokan_kepribadian": profession.riasec_description or NOT_AVAILABLE,
        **{name: list(lines) or NOT_AVAILABLE for name, lines in lists.items()},
        "karier_awal": describe_step(profession.entry),
        "karier_senior": describe_step(profession.senior),
    }


def content_schema(professions: Sequence[ContentContext]) -> dict[str, object]:
    """Strict JSON schema: one entry per profession that is asked for."""
    ids = [item.profession_id for item in professions]
    entry = {
        "type": "object",
        "properties": {
            "profession_id": {"type": "integer", "enum": ids},
            **{name.value: {"type": "string"} for name in DIMENSIONS},
        },
        "required": ["profession_id", *DIMENSIONS],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"professions": {"type": "array", "items": entry}},
        "required": ["professions"],
        "additionalProperties": False,
    }


def content_reader(professions: Sequence[ContentContext]) -> Callable[[object], Written]:
    """Reads well-formed entries of the professions asked for; none at all is bad output.

    A profession given twice is missing: we cannot know which of the two was meant.
    """
    asked = {item.profession_id for item in professions}

    def read(answer: object) -> Written:
        entries = answer.get("professions") if isinstance(answer, Mapping) else answer
        listed = entries if isinstance(entries, list) else []
        found = [item for entry in listed if (item := _read_entry(entry, asked)) is not None]
        times = Counter(profession_id for profession_id, _ in found)
        written = {pid: narratives for pid, narratives in found if times[pid] == 1}
        if not written:
            raise ValueError("no usable narrative")
        return written

    return read


def _read_entry(entry: object, asked: set[int]) -> tuple[int, Narratives] | None:
    if not isinstance(entry, Mapping):
        return None
    profession_id = entry.get("profession_id")
    narratives: dict[Dimension, str] = {
        name: one_clean_line(entry.get(name.value)) for name in DIMENSIONS
    }
    if isinstance(profession_id, bool) or not isinstance(profession_id, int):
        return None
    if profession_id not in asked or not all(narratives.values()):
        return None
    return profession_id, narratives


def _defects(
    professions: Sequence[ContentContext], written: Written
) -> dict[int, Mapping[str, Sequence[str]]]:
    """What a repair call must mend, by profession id."""
    found: dict[int, Mapping[str, Sequence[str]]] = {}
    for item in professions:
        narratives = written.get(item.profession_id)
        if narratives is None:
            found[item.profession_id] = {"all": ["missing, incomplete or given twice"]}
            continue
        defects = find_narrative_defects(narratives, item.telling_names)
        if defects:
            found[item.profession_id] = {name.value: lines for name, lines in defects.items()}
    return found
