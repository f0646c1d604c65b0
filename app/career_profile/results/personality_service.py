"""The personality result: the code, its lists, its indices, and a text about it."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import astuple

import structlog

from app.career_profile.errors import ResultNotFound
from app.career_profile.results.personality import PersonalityFacts, compose_about
from app.career_profile.results.personality_writer import PROMPT, PersonalityWriter
from app.career_profile.results.schemas import (
    AboutText,
    PersonalityResult,
    ProfileIndices,
    TopType,
)
from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.career_profile.riasec.indices import consistency, differentiation
from app.career_profile.riasec.instrument import form_of_version
from app.career_profile.riasec.repository import CodeRow, ResultRow, find_owned_result
from app.career_profile.sessions.access import open_session, require_status
from app.career_profile.sessions.models import SessionStatus
from app.career_profile.sessions.repository import SessionRow
from app.core import metrics
from app.core.cache import Cache
from app.core.cached_work import CachedWork, Made
from app.core.database import Database
from app.core.latch import Latch
from app.core.security import Principal
from app.llm.port import ModelBadOutput, ModelError, Purpose
from app.professions.repository import all_profession_names
from app.users.caller import Admission

logger = structlog.get_logger()

CACHE_TTL_S = 7 * 86_400.0
# A dead model is not asked on every call; a text that it cannot write only rests that code.
FAILURE_HOLD_S = 30.0
EVERY_CODE = "*"


class PersonalityService:
    """`model_name` is the configured model: texts of another one are not taken for its own."""

    def __init__(
        self,
        database: Database,
        cache: Cache,
        writer: PersonalityWriter,
        model_name: str,
        admission: Admission,
        client_wait_s: float,
    ) -> None:
        self._database = database
        self._writer = writer
        self._model_name = model_name
        self._admission = admission
        self._texts = CachedWork(cache, AboutText, client_wait_s)
        self._failed = Latch(FAILURE_HOLD_S)

    async def result(self, principal: Principal, session_token: str) -> PersonalityResult:
        """From riasec_completed on, for both goals; the text by rule when the model fails."""
        found, row = await self._database.read(
            lambda c: find_owned_result(c, principal.user_id, session_token)
        )
        _, session = open_session(found, self._admission)
        require_status(
            session,
            SessionStatus.RIASEC_COMPLETED,
            SessionStatus.IKIGAI_ONGOING,
            SessionStatus.COMPLETED,
        )
        if row is None:
            raise ResultNotFound
        return _response(session, row, await self._about(row.code))

    async def drain(self, timeout_s: float) -> None:
        """Let writing that is under way finish, for a shutdown."""
        await self._texts.drain(timeout_s)

    async def _about(self, code: CodeRow) -> AboutText:
        key = cache_key(self._model_name, code)
        cached = await self._texts.find(key)
        if cached is not None:
            return cached
        facts = _facts(code, await self._database.read(all_profession_names))
        made = None
        if not self._failed.is_held(EVERY_CODE, code.riasec_code):
            made = await self._texts.make(key, lambda: self._write(facts))
        return made or _by_rule(facts)

    async def _write(self, facts: PersonalityFacts) -> Made[AboutText]:
        try:
            text = await self._writer.write(facts)
        except ModelError as error:
            own_fault = isinstance(error, ModelBadOutput)
            self._failed.hold(facts.code if own_fault else EVERY_CODE)
            metrics.model_fallbacks.labels(Purpose.PERSONALITY).inc()
            logger.warning(
                "riasec_personality_failed",
                code=facts.code,
                reason=error.reason,
                attempts=error.attempts,
            )
            return Made(_by_rule(facts), ttl_s=None)
        return Made(AboutText(about=text, source="model"), CACHE_TTL_S)


def cache_key(model_name: str, code: CodeRow) -> str:
    """Changes with the prompt, the model, and with the texts, which Go's admin may edit."""
    texts = json.dumps(astuple(code), ensure_ascii=False).encode("utf-8", "replace")
    digest = hashlib.sha256(texts).hexdigest()[:16]
    return f"riasec_personality:{PROMPT}:{model_name}:{code.riasec_code}:{digest}"


def _by_rule(facts: PersonalityFacts) -> AboutText:
    return AboutText(about=compose_about(facts), source="fallback")


def _facts(code: CodeRow, profession_names: Collection[str]) -> PersonalityFacts:
    return PersonalityFacts(
        code=code.riasec_code,
        title=code.riasec_title,
        description=code.riasec_description,
        strengths=tuple(code.strengths),
        challenges=tuple(code.challenges),
        strategies=tuple(code.strategies),
        work_environments=tuple(code.work_environments),
        interaction_styles=tuple(code.interaction_styles),
        profession_names=tuple(profession_names),
    )


def _response(session: SessionRow, row: ResultRow, about: AboutText) -> PersonalityResult:
    code = row.code
    form = form_of_version(session.question_set_version)
    return PersonalityResult(
        session_token=session.session_token,
        riasec_code=code.riasec_code,
        riasec_title=code.riasec_title,
        top_types=[
            TopType(letter=Letter(letter), name=TYPE_NAMES[Letter(letter)])
            for letter in code.riasec_code
        ],
        about_code=about.about,
        about_source=about.source,
        strengths=list(code.strengths),
        challenges=list(code.challenges),
        strategies=list(code.strategies),
        interaction_styles=list(code.interaction_styles),
        work_environments=list(code.work_environments),
        indices=ProfileIndices(
            consistency=consistency(code.riasec_code),
            differentiation=differentiation(row.scores.values(), form),
        ),
    )
