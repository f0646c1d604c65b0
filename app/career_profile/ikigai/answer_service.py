"""The four answers, and the result that they lead to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.career_profile.errors import (
    CandidatesNotFound,
    DimensionAlreadyAnswered,
    IkigaiNotCompleted,
    InvalidSessionStatus,
    ProfessionNotACandidate,
    ResultNotFound,
)
from app.career_profile.ikigai.answers.repository import (
    find_answers,
    save_answer,
    save_early_answer,
)
from app.career_profile.ikigai.completion.document import completion_of
from app.career_profile.ikigai.completion.repository import find_owned_completion
from app.career_profile.ikigai.dimensions import (
    DIMENSION_TEXTS,
    DIMENSIONS,
    MAX_TEXT_CHARS,
    MIN_TEXT_CHARS,
    Dimension,
)
from app.career_profile.ikigai.documents import DimensionAnswer
from app.career_profile.ikigai.jobs import finalize_job
from app.career_profile.ikigai.lease.finisher import Finisher
from app.career_profile.ikigai.repository import Answers, find_candidates
from app.career_profile.ikigai.schemas import (
    DimensionInfo,
    DimensionList,
    DimensionProgress,
    DimensionSubmission,
    IkigaiCompletion,
)
from app.career_profile.progress import OnProgress, Progress, Step, tell_nobody
from app.career_profile.sessions.access import (
    open_session,
    require_recommendation,
    require_status,
)
from app.career_profile.sessions.models import SessionStatus
from app.career_profile.sessions.repository import (
    SessionRow,
    find_owned_for_update,
    find_progress,
)
from app.career_profile.sessions.service import next_step
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Principal
from app.core.single_flight import SingleFlight, StillRunning
from app.jobs.queue import enqueue
from app.llm.withheld import SUPPORT_MESSAGE
from app.users.caller import Admission

SAVED = "Jawabanmu untuk “{label}” sudah tersimpan. Lanjut ke dimensi berikutnya, ya."
WORKING = "Keempat jawabanmu sudah tersimpan dan sedang kami olah. Buka lagi sebentar lagi, ya."


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a session stands after an answer; `dimension` is None when finalize was asked.

    `is_new`: the answer was stored just now, not sent again.
    """

    session: SessionRow
    dimension: Dimension | None
    answers: Answers
    is_new: bool = False


class IkigaiAnswerService:
    """Use cases of answering and finishing."""

    def __init__(
        self,
        database: Database,
        finisher: Finisher,
        clock: Clock,
        admission: Admission,
        client_wait_s: float,
        job_delay_s: float,
        on_progress: OnProgress = tell_nobody,
    ) -> None:
        self._database = database
        self._finisher = finisher
        self._clock = clock
        self._admission = admission
        self._client_wait_s = client_wait_s
        self._job_delay_s = job_delay_s
        self._on_progress = on_progress
        self._flights: SingleFlight[None] = SingleFlight()

    @staticmethod
    def dimensions() -> DimensionList:
        return DimensionList(
            dimensions=[
                DimensionInfo(
                    key=name,
                    label=DIMENSION_TEXTS[name].label,
                    question=DIMENSION_TEXTS[name].question,
                    helper_text=DIMENSION_TEXTS[name].helper_text,
                    min_characters=MIN_TEXT_CHARS,
                    max_characters=MAX_TEXT_CHARS,
                )
                for name in DIMENSIONS
            ]
        )

    async def submit(
        self, principal: Principal, submission: DimensionSubmission
    ) -> DimensionProgress | IkigaiCompletion:
        """Store an answer; the fourth finalizes. The very same answer again is a replay.

        The fourth answer and the job that finalizes if this process does not are one commit.
        """
        answer = _answer(submission, self._clock())
        saved = await self._database.read(
            lambda c: self._save_early(c, principal, submission, answer)
        )
        if saved is None:
            saved = await self._database.transact(
                lambda c: self._save(c, principal, submission, answer)
            )
        if saved.is_new and _needs_support(saved):
            metrics.withheld_texts.inc()
        return await self._state_of_now(principal, saved)

    async def finalize(
        self, principal: Principal, session_token: str
    ) -> DimensionProgress | IkigaiCompletion:
        """Finish a session that has four answers; a finished one gives its stored result."""
        saved = await self._database.transact(lambda c: self._open(c, principal, session_token))
        return await self._state_of_now(principal, saved)

    async def result(self, principal: Principal, session_token: str) -> IkigaiCompletion:
        """The stored result, never scored again."""
        found, row = await self._database.read(
            lambda c: find_owned_completion(c, principal.user_id, session_token)
        )
        _, session = open_session(found, self._admission)
        require_recommendation(session)
        if session.status is not SessionStatus.COMPLETED:
            raise InvalidSessionStatus(status_now=session.status)
        if row is None:
            raise ResultNotFound
        return completion_of(session_token, row)

    async def drain(self, timeout_s: float) -> None:
        """Let scoring that is under way finish, for a shutdown."""
        await self._flights.drain(timeout_s)

    def _save_early(
        self,
        connection: Connection,
        principal: Principal,
        submission: DimensionSubmission,
        answer: DimensionAnswer,
    ) -> Saved | None:
        """A new answer, first to third, without a transaction; None: whatever else it is."""
        row = find_progress(connection, principal.user_id, submission.session_token)
        _, session = open_session(row.found, self._admission)
        require_recommendation(session)
        require_status(session, SessionStatus.IKIGAI_ONGOING, SessionStatus.COMPLETED)
        if session.status is SessionStatus.COMPLETED:
            return None
        answered = dict(zip(DIMENSIONS, row.answered, strict=True))
        dimension = submission.dimension_name
        if answered[dimension] or sum(row.answered) == len(DIMENSIONS) - 1:
            return None
        _require_candidate(connection, session.id, answer.selected_profession_id)
        answers = save_early_answer(connection, session.id, dimension, answer)
        return None if answers is None else Saved(session, dimension, answers, is_new=True)

    def _save(
        self,
        connection: Connection,
        principal: Principal,
        submission: DimensionSubmission,
        answer: DimensionAnswer,
    ) -> Saved:
        found = find_owned_for_update(connection, principal.user_id, submission.session_token)
        _, session = open_session(found, self._admission)
        require_recommendation(session)
        require_status(session, SessionStatus.IKIGAI_ONGOING, SessionStatus.COMPLETED)
        dimension = submission.dimension_name
        if session.status is SessionStatus.IKIGAI_ONGOING:
            _require_candidate(connection, session.id, answer.selected_profession_id)
            answers = save_answer(connection, session.id, dimension, answer)
            if answers is not None:
                if len(answers) == len(DIMENSIONS):
                    enqueue(connection, finalize_job(session.id, self._job_delay_s))
                    self._on_progress(
                        connection,
                        Progress(principal.user_id, session.session_token, (Step.SUBMITTED,)),
                    )
                return Saved(session, dimension, answers, is_new=True)
        answers = find_answers(connection, session.id)
        if dimension not in answers or not answers[dimension].same_as(answer):
            raise DimensionAlreadyAnswered
        return Saved(session, dimension, answers)

    def _open(self, connection: Connection, principal: Principal, session_token: str) -> Saved:
        found = find_owned_for_update(connection, principal.user_id, session_token)
        _, session = open_session(found, self._admission)
        require_recommendation(session)
        require_status(session, SessionStatus.IKIGAI_ONGOING, SessionStatus.COMPLETED)
        answers = find_answers(connection, session.id)
        if len(answers) < len(DIMENSIONS):
            raise IkigaiNotCompleted
        return Saved(session, None, answers)

    async def _state_of_now(
        self, principal: Principal, saved: Saved
    ) -> DimensionProgress | IkigaiCompletion:
        if len(saved.answers) < len(DIMENSIONS):
            return _progress(saved, SAVED.format(label=_label(saved.dimension)))
        token = saved.session.session_token
        if saved.session.status is not SessionStatus.COMPLETED:
            try:
                await self._flights.run(
                    token,
                    lambda: self._finisher.finish_or_wait(saved.session.id),
                    self._client_wait_s,
                )
            except StillRunning:
                return _progress(saved, WORKING)
        return await self.result(principal, token)


def _answer(submission: DimensionSubmission, at: datetime) -> DimensionAnswer:
    return DimensionAnswer(
        selected_profession_id=submission.selected_profession_id,
        selection_type=submission.selection_type,
        reasoning_text=submission.reasoning_text,
        answered_at=at,
    )


def _require_candidate(connection: Connection, session_id: int, profession_id: int | None) -> None:
    if profession_id is None:
        return
    candidates = find_candidates(connection, session_id)
    if candidates is None:
        raise CandidatesNotFound
    if profession_id not in candidates.profession_ids:
        raise ProfessionNotACandidate


def _label(dimension: Dimension | None) -> str:
    return DIMENSION_TEXTS[dimension].label if dimension else ""


def _progress(saved: Saved, message: str) -> DimensionProgress:
    remaining = [name for name in DIMENSIONS if name not in saved.answers]
    return DimensionProgress(
        session_token=saved.session.session_token,
        status=SessionStatus.IKIGAI_ONGOING,
        dimension_saved=saved.dimension,
        dimensions_completed=[name for name in DIMENSIONS if name in saved.answers],
        dimensions_remaining=remaining,
        all_completed=not remaining,
        next_step=next_step(SessionStatus.IKIGAI_ONGOING, remaining),
        message=message,
        support=SUPPORT_MESSAGE if _needs_support(saved) else None,
    )


def _needs_support(saved: Saved) -> bool:
    """The answer just given, or any of them when finalize was asked."""
    names = saved.answers if saved.dimension is None else [saved.dimension]
    return any(saved.answers[name].is_withheld for name in names)
