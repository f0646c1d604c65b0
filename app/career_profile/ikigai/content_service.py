"""The Ikigai options with their narratives: begin the stage, show and reload the content."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.career_profile.errors import CandidatesNotFound, NoCandidates
from app.career_profile.ikigai import repository
from app.career_profile.ikigai.content_writer import OptionText, fallback_text
from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.career_profile.ikigai.schemas import IkigaiContent, OptionContent
from app.career_profile.riasec.documents import CandidateEntry
from app.career_profile.sessions.access import (
    open_session,
    require_recommendation,
    require_status,
)
from app.career_profile.sessions.models import SessionStatus
from app.career_profile.sessions.repository import SessionRow, find_owned, find_owned_for_update
from app.core import metrics
from app.core.cache import Cache
from app.core.cached_work import CachedWork, JsonText, Made
from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Principal
from app.llm.port import Purpose
from app.professions.context import ContentContext
from app.professions.repository import content_contexts
from app.users.caller import Admission

CACHE_TTL_S = 7200.0
# With a dead model reloads stay quick, and the model gets its next chance soon.
FALLBACK_TTL_S = 30.0
MESSAGE = "Ini pilihan profesi untukmu. Baca narasinya, pilih yang terasa pas, lalu ceritakan."


@dataclass(frozen=True, slots=True)
class Option:
    """A shown candidate that is still in the catalogue."""

    candidate: CandidateEntry
    profession: ContentContext


class IkigaiContentService:
    """Use cases of the options' content."""

    def __init__(
        self,
        database: Database,
        cache: Cache,
        narratives: NarrativeCache,
        clock: Clock,
        admission: Admission,
        client_wait_s: float,
    ) -> None:
        self._database = database
        self._narratives = narratives
        self._clock = clock
        self._admission = admission
        self._contents = CachedWork(cache, IkigaiContent, client_wait_s, as_found=_from_cache)

    async def start(self, principal: Principal, session_token: str) -> IkigaiContent | JsonText:
        """Begin the stage (again: make up for a lost answer row), then as `content`."""
        session = await self._database.transact(lambda c: self._begin(c, principal, session_token))
        if session.status is SessionStatus.RIASEC_COMPLETED:
            status = SessionStatus.IKIGAI_ONGOING
            metrics.session_transitions.labels(session.test_goal, status).inc()
        return await self._find_or_write(session)

    async def content(self, principal: Principal, session_token: str) -> IkigaiContent | JsonText:
        """From the cache, else written now; changes no state."""
        found = await self._database.read(lambda c: find_owned(c, principal.user_id, session_token))
        _, session = open_session(found, self._admission)
        require_recommendation(session)
        require_status(session, SessionStatus.IKIGAI_ONGOING)
        return await self._find_or_write(session)

    async def drain(self, timeout_s: float) -> None:
        """Let writing that is under way finish, for a shutdown."""
        await self._contents.drain(timeout_s)

    def _begin(
        self, connection: Connection, principal: Principal, session_token: str
    ) -> SessionRow:
        """The session as it was before."""
        found = find_owned_for_update(connection, principal.user_id, session_token)
        _, session = open_session(found, self._admission)
        require_recommendation(session)
        require_status(session, SessionStatus.RIASEC_COMPLETED, SessionStatus.IKIGAI_ONGOING)
        repository.begin_ikigai(connection, session.id)
        return session

    async def _find_or_write(self, session: SessionRow) -> IkigaiContent | JsonText:
        """When the writing takes longer than a client waits: what is there, the rest by rule; the
        writing goes on then.
        """
        token = session.session_token
        cached = await self._contents.find_text(cache_key(token))
        if cached is not None:
            return cached
        options = await self._database.read(lambda c: _load_options(c, session.id))
        made = await self._contents.make(cache_key(token), lambda: self._write(token, options))
        if made is not None:
            return made
        professions = [option.profession for option in options]
        texts = {item.profession_id: fallback_text(item) for item in professions}
        return self._response(token, options, texts | await self._narratives.find(professions))

    async def _write(self, session_token: str, options: list[Option]) -> Made[IkigaiContent]:
        texts = await self._narratives.find_or_write([option.profession for option in options])
        content = self._response(session_token, options, texts)
        fallbacks = sum(text.source == "fallback" for text in texts.values())
        metrics.model_fallbacks.labels(Purpose.CONTENT).inc(fallbacks)
        return Made(content, FALLBACK_TTL_S if fallbacks else CACHE_TTL_S)

    def _response(
        self, session_token: str, options: list[Option], texts: dict[int, OptionText]
    ) -> IkigaiContent:
        return IkigaiContent(
            session_token=session_token,
            status=SessionStatus.IKIGAI_ONGOING,
            generated_at=self._clock(),
            from_cache=False,
            regenerated=True,
            total_display_candidates=len(options),
            message=MESSAGE,
            candidates_with_content=[
                _option_content(option, texts[option.profession.profession_id])
                for option in options
            ],
        )


def _from_cache(content: IkigaiContent) -> IkigaiContent:
    if content.from_cache:
        return content
    return content.model_copy(update={"from_cache": True, "regenerated": False})


def cache_key(session_token: str) -> str:
    return f"ikigai_content:{session_token}"


def _load_options(connection: Connection, session_id: int) -> list[Option]:
    """The shown candidates in display order, without professions that have vanished."""
    candidates = repository.find_candidates(connection, session_id)
    if candidates is None:
        raise CandidatesNotFound
    ids = [item.profession_id for item in candidates.options]
    professions = content_contexts(connection, ids)
    options = [
        Option(item, professions[item.profession_id])
        for item in candidates.options
        if item.profession_id in professions
    ]
    if not options:
        raise NoCandidates
    return options


def _option_content(option: Option, text: OptionText) -> OptionContent:
    return OptionContent(
        profession_id=option.profession.profession_id,
        profession_name=option.profession.name,
        display_order=option.candidate.display_order,
        congruence_score=option.candidate.congruence_score,
        dimension_content=dict(text.narratives),
        content_source=text.source,
    )
