"""Every use of the model, through the real writer, scorer, narrator and personality service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.career_profile.ikigai.content_writer import ContentWriter
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.scorer import DimensionScorer
from app.career_profile.results.narrative import NarrativeFacts
from app.career_profile.results.narrator import RecommendationNarrator
from app.career_profile.results.personality_service import PersonalityService
from app.career_profile.results.personality_writer import PersonalityWriter
from app.core.cache import MemoryCache
from app.core.database import Database
from app.core.security import Principal
from app.core.settings import Settings
from app.llm.budget import Budget
from app.llm.port import LanguageModel, Purpose
from app.users.caller import Admission
from tests.support.catalogue import load_catalogue
from tests.support.player import TEXT

OPTIONS = tuple(entry.content for entry in load_catalogue()[30:35])
CANDIDATES = tuple(entry.scoring for entry in load_catalogue()[20:50])
TOP_TWO = tuple(entry.recommendation for entry in load_catalogue()[30:32])
NAMED = OPTIONS[0].name
FACTS = NarrativeFacts(
    user_code="IC",
    code_title="Investigative–Conventional",
    strengths=("Kamu teliti.", "Kamu sabar."),
    answers=dict.fromkeys(DIMENSIONS, TEXT),
    professions=TOP_TWO,
    telling_names=tuple(item.name for item in TOP_TWO),
    two_directions=False,
)


@dataclass(frozen=True, slots=True)
class Use:
    """`run` comes to a word for its outcome; `most` HTTP attempts are allowed for it."""

    name: str
    purpose: Purpose
    most: int
    deadline_s: float
    run: Callable[[LanguageModel], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Uses:
    """`principal` owns the session `token`, whose RIASEC answers are there."""

    settings: Settings
    database: Database
    principal: Principal
    token: str

    def all(self) -> tuple[Use, ...]:
        """In the order of the table; the limits are those of the specification."""
        s = self.settings
        return (
            Use("content", Purpose.CONTENT, 3, s.llm_content_deadline_s, self._content),
            Use("scoring", Purpose.SCORING, 4, s.llm_scoring_deadline_s, self._scoring),
            Use("narrative", Purpose.NARRATIVE, 2, s.llm_narrative_deadline_s, self._narrative),
            Use("personality", Purpose.PERSONALITY, 2, s.llm_personality_deadline_s, self._about),
        )

    async def _content(self, model: LanguageModel) -> str:
        s = self.settings
        budget = Budget(s.llm_content_deadline_s, s.llm_content_attempt_timeout_s)
        written = await ContentWriter(model, budget).write(OPTIONS)
        assert list(written) == [item.profession_id for item in OPTIONS]
        assert all(text for option in written.values() for text in option.narratives.values())
        sources = {option.source for option in written.values()}
        return sources.pop() if len(sources) == 1 else "model and fallback"

    async def _scoring(self, model: LanguageModel) -> str:
        s = self.settings
        budget = Budget(s.llm_scoring_deadline_s, s.llm_scoring_attempt_timeout_s)
        user, session = UUID(int=7), "a session whose order of candidates is always the same"
        scorer = DimensionScorer(model, budget)
        scored = await scorer.score(session, user, Dimension.LOVE, TEXT, CANDIDATES)
        missing = {item.profession_id for item in CANDIDATES} - scored.judgements.keys()
        return f"{scored.outcome}{' in part' if scored.judgements and missing else ''}"

    async def _narrative(self, model: LanguageModel) -> str:
        s = self.settings
        budget = Budget(s.llm_narrative_deadline_s, s.llm_narrative_attempt_timeout_s)
        written = await RecommendationNarrator(model, budget).write(FACTS, "user")
        assert written.narrative.summaries.keys() == set(DIMENSIONS)
        assert all(written.narrative.reasons.values())
        return written.source

    async def _about(self, model: LanguageModel) -> str:
        s = self.settings
        budget = Budget(s.llm_personality_deadline_s, s.llm_personality_attempt_timeout_s)
        service = PersonalityService(
            self.database,
            MemoryCache(),
            PersonalityWriter(model, budget),
            "sim/model",
            Admission(s.allowed_roles, s.requires_membership),
            s.client_wait_s,
        )
        result = await service.result(self.principal, self.token)
        assert result.about_code
        return result.about_source
