"""Narrative caches as processes have them, and what a test looks for in what they did."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.career_profile.ikigai.content_writer import ContentWriter, OptionText
from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.core.cache import Cache, make_cache
from app.core.redis import RedisLink
from app.core.work_leases import Leases
from app.llm.budget import Budget
from app.llm.port import LanguageModel
from app.professions.context import ContentContext
from tests.support.catalogue import load_catalogue
from tests.support.model_answers import asked_ids
from tests.support.openrouter_sim import OpenRouterSim

CONTENT = "ikigai_content"
PROFESSIONS: tuple[ContentContext, ...] = tuple(e.content for e in load_catalogue()[20:28])
MODEL = "sim/model"


def process_with(
    model: LanguageModel,
    budget: Budget,
    *,
    cache: Cache | None = None,
    redis: RedisLink | None = None,
    lease_s: float = 5.0,
    model_name: str = MODEL,
) -> NarrativeCache:
    """What one process has; with `redis` it shares with others."""
    leases = Leases(redis, lease_s)
    writer = ContentWriter(model, budget)
    return NarrativeCache(cache or make_cache(redis), leases, writer, budget, model_name)


def ids(professions: Sequence[ContentContext]) -> list[int]:
    return [profession.profession_id for profession in professions]


def asked(sim: OpenRouterSim) -> list[list[int]]:
    """Profession ids of each content call, in order of arrival."""
    return [asked_ids(call.body) for call in sim.calls if call.purpose == CONTENT]


def times_asked(sim: OpenRouterSim) -> Counter[int]:
    """How often narratives of each profession were asked for."""
    return Counter(profession_id for call in asked(sim) for profession_id in call)


def sources(texts: Mapping[int, OptionText]) -> list[str]:
    return [text.source for text in texts.values()]
