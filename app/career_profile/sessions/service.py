"""Starting a run, and where a run stands."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection

from app.career_profile.errors import (
    InsufficientTokens,
    ProfessionNotFound,
    ProfessionWithoutCode,
)
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.riasec.instrument import (
    Form,
    QuestionBank,
    draw_question_set,
    form_of_version,
)
from app.career_profile.sessions import cursor, repository
from app.career_profile.sessions.access import open_session
from app.career_profile.sessions.cursor import Position
from app.career_profile.sessions.listing.repository import list_sessions
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.career_profile.sessions.repository import SessionRow
from app.career_profile.sessions.schemas import (
    NextStep,
    Persona,
    SessionList,
    SessionProgress,
    StartedSession,
)
from app.career_profile.sessions.starts import repository as starts
from app.career_profile.sessions.starts.repository import NewSession
from app.core import metrics
from app.core.database import Database
from app.core.idempotency import Claim
from app.core.security import Principal
from app.professions.repository import find_coded_name
from app.users.caller import Admission, admit
from app.users.repository import Charge, charge_oldest_wallet

STARTED = "Sesi tes dimulai. Jawab sesuai yang benar-benar kamu rasakan, ya."
CHARGED_FOR = "Tes rekomendasi profesi"
RESUMED = "Kamu masih punya sesi yang belum dijawab, jadi kita lanjutkan sesi itu."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be started, and the claim of the request when it has one."""

    persona: Persona
    goal: TestGoal
    target_profession_id: int | None
    claim: Claim | None


class SessionService:
    """Use cases of a test run as a whole."""

    def __init__(
        self,
        database: Database,
        bank: QuestionBank,
        form: Form,
        admission: Admission,
        token_cost: int,
    ) -> None:
        self._database = database
        self._bank = bank
        self._form = form
        self._admission = admission
        self._token_cost = token_cost

    async def start_recommendation(
        self, principal: Principal, persona: Persona, claim: Claim | None
    ) -> StartedSession:
        """A new session, or the caller's own that has no answers yet (two taps start once).

        A request that repeats one of unknown outcome goes on with what that one began and paid
        for, whatever has been answered since.
        """
        return await self._begin(principal, Wish(persona, TestGoal.RECOMMENDATION, None, claim))

    async def start_fit_check(
        self, principal: Principal, persona: Persona, target_profession_id: int, claim: Claim | None
    ) -> StartedSession:
        """Like a recommendation, for one target; raises ProfessionNotFound, ProfessionWithoutCode.

        Only a session of the same target is resumed.
        """
        wish = Wish(persona, TestGoal.FIT_CHECK, target_profession_id, claim)
        return await self._begin(principal, wish)

    async def _begin(self, principal: Principal, wish: Wish) -> StartedSession:
        started = await self._database.transact(lambda c: self._start(c, principal, wish))
        if not started.resumed:
            metrics.session_transitions.labels(started.test_goal, started.status).inc()
        return started

    async def progress(self, principal: Principal, session_token: str) -> SessionProgress:
        row = await self._database.read(
            lambda c: repository.find_progress(c, principal.user_id, session_token)
        )
        _, session = open_session(row.found, self._admission)
        return _progress(session, row.answered)

    async def list_runs(self, principal: Principal, after: str | None, limit: int) -> SessionList:
        """The caller's runs, newest first; `after` is the `next_cursor` of the page before."""
        position = None if after is None else cursor.decode(after)
        page = await self._database.read(
            lambda c: list_sessions(c, principal.user_id, position, limit + 1)
        )
        admit(page.caller, self._admission)
        shown = page.runs[:limit]
        last = shown[-1][0] if len(page.runs) > limit else None
        return SessionList(
            items=[_progress(session, answered) for session, answered in shown],
            next_cursor=cursor.encode(Position(last.started_at, last.id)) if last else None,
        )

    def _start(self, connection: Connection, principal: Principal, wish: Wish) -> StartedSession:
        begun_since = wish.claim.repeats_since if wish.claim else None
        found, question_ids = starts.serialize_and_find_unanswered(
            connection, principal.user_id, wish.goal, wish.target_profession_id, begun_since
        )
        caller = admit(found.caller, self._admission)
        if wish.target_profession_id is not None:
            _require_coded(connection, wish.target_profession_id)
        if found.session is not None:
            starts.change_persona(connection, found.session.id, wish.persona)
            return _resumed(found.session, question_ids)
        session_token = str(uuid4())
        new = NewSession(
            user_id=caller.user_id,
            session_token=session_token,
            persona_type=wish.persona,
            test_goal=wish.goal,
            target_profession_id=wish.target_profession_id,
            question_set_version=self._form.version,
            question_ids=draw_question_set(self._bank, self._form, session_token),
        )
        session_id = starts.insert_session(connection, new)
        if wish.goal is TestGoal.RECOMMENDATION and self._token_cost:
            self._charge(connection, new, session_id)
        return _started(new, self._form)

    def _charge(self, connection: Connection, new: NewSession, session_id: int) -> None:
        """In the transaction that creates the session: both are there, or neither."""
        bill = Charge(new.user_id, self._token_cost, session_id, new.session_token, CHARGED_FOR)
        if not charge_oldest_wallet(connection, bill):
            raise InsufficientTokens


def _require_coded(connection: Connection, profession_id: int) -> None:
    """A fit check without a code to compare with would only disappoint at its end."""
    profession = find_coded_name(connection, profession_id)
    if profession is None:
        raise ProfessionNotFound
    if profession.code is None:
        raise ProfessionWithoutCode


def next_step(status: SessionStatus, remaining: Collection[Dimension]) -> NextStep:
    """What the app calls next."""
    if status is SessionStatus.IKIGAI_ONGOING:
        return NextStep.IKIGAI_DIMENSION if remaining else NextStep.FINALIZE
    return {
        SessionStatus.RIASEC_ONGOING: NextStep.RIASEC_SUBMIT,
        SessionStatus.RIASEC_COMPLETED: NextStep.IKIGAI_START,
        SessionStatus.COMPLETED: NextStep.RESULT,
    }[status]


def _progress(session: SessionRow, answered: Collection[bool]) -> SessionProgress:
    done = [name for name, yes in zip(DIMENSIONS, answered, strict=True) if yes]
    remaining = [name for name in DIMENSIONS if name not in done]
    return SessionProgress(
        session_token=session.session_token,
        test_goal=session.test_goal,
        status=session.status,
        next_step=next_step(session.status, remaining),
        dimensions_completed=done,
        dimensions_remaining=remaining if session.uses_ikigai else [],
        started_at=session.started_at,
        completed_at=session.completed_at,
    )


def _started(new: NewSession, form: Form) -> StartedSession:
    return StartedSession(
        session_token=new.session_token,
        test_goal=new.test_goal,
        status=SessionStatus.RIASEC_ONGOING,
        form=form.name,
        question_ids=list(new.question_ids),
        total_questions=len(new.question_ids),
        resumed=False,
        message=STARTED,
    )


def _resumed(session: SessionRow, question_ids: list[int]) -> StartedSession:
    """With the form it was started with, whatever the setting of the day says."""
    return StartedSession(
        session_token=session.session_token,
        test_goal=session.test_goal,
        status=session.status,
        form=form_of_version(session.question_set_version).name,
        question_ids=question_ids,
        total_questions=len(question_ids),
        resumed=True,
        message=RESUMED,
    )
