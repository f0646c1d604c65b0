"""The RIASEC stage: questions, submission, result."""

from datetime import datetime

import structlog
from sqlalchemy import Connection

from app.career_profile.completion import CompletedSession, OnCompleted, tell_completed
from app.career_profile.errors import (
    InvalidProfile,
    InvalidSessionStatus,
    NoCandidates,
    QuestionSetMismatch,
    QuestionTypeMismatch,
    RiasecAlreadySubmitted,
)
from app.career_profile.progress import OnProgress, Progress, Step, tell_nobody
from app.career_profile.results.fit_check import check_fit
from app.career_profile.riasec import repository
from app.career_profile.riasec.documents import (
    ResponsesData,
    StoredResponse,
    build_candidates_data,
)
from app.career_profile.riasec.expansion import (
    DISPLAYED,
    Expansion,
    expand,
    first_codes,
    lookup_codes,
)
from app.career_profile.riasec.fit_check.repository import NewFitCheck, store_fit_check_result
from app.career_profile.riasec.hexagon import LETTERS
from app.career_profile.riasec.instrument import (
    SCALE_LABELS,
    QuestionBank,
    form_of_version,
    score_answers,
    set_differences,
)
from app.career_profile.riasec.question_set.repository import (
    find_owned_question_set,
    find_owned_question_set_for_update,
)
from app.career_profile.riasec.repository import CodeRow, NewResult, ResultRow
from app.career_profile.riasec.schemas import (
    BankQuestion,
    QuestionBankResponse,
    QuestionText,
    RiasecCodeInfo,
    RiasecResultResponse,
    RiasecSubmission,
    ScaleLabel,
    SessionQuestions,
)
from app.career_profile.riasec.scoring import Classification, Validity, classify, judge_validity
from app.career_profile.sessions.access import open_session, require_recommendation
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.career_profile.sessions.repository import SessionRow
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Principal
from app.professions.repository import find_coded_name
from app.users.caller import Admission

logger = structlog.get_logger()

LOW_TOTAL_WARNING = (
    "Sebagian besar jawabanmu bernilai rendah, jadi hasil ini mungkin kurang menggambarkan dirimu."
)


class RiasecService:
    """Use cases of the interest test."""

    def __init__(
        self,
        database: Database,
        bank: QuestionBank,
        clock: Clock,
        admission: Admission,
        continue_below: int,
        on_completed: OnCompleted = (),
        on_progress: OnProgress = tell_nobody,
    ) -> None:
        self._database = database
        self._bank = bank
        self._clock = clock
        self._admission = admission
        self._continue_below = continue_below
        self._on_completed = on_completed
        self._on_progress = on_progress

    def question_bank(self) -> QuestionBankResponse:
        """All items in R I A S E C order."""
        data = [
            BankQuestion(id=f"{letter}{number}", pertanyaan=self._bank[question_id].text)
            for letter in LETTERS
            for number, question_id in enumerate(self._bank.ids_of(letter), start=1)
        ]
        return QuestionBankResponse(success=True, message="Daftar pertanyaan RIASEC.", data=data)

    async def questions(self, principal: Principal, session_token: str) -> SessionQuestions:
        """The session's own items in display order."""
        found, ids = await self._database.read(
            lambda c: find_owned_question_set(c, principal.user_id, session_token)
        )
        _, session = open_session(found, self._admission)
        return SessionQuestions(
            session_token=session_token,
            form=form_of_version(session.question_set_version).name,
            total_questions=len(ids),
            questions=[QuestionText(question_id=i, text=self._bank[i].text) for i in ids],
            scale=[ScaleLabel(value=value, label=label) for value, label in SCALE_LABELS.items()],
        )

    async def submit(
        self, principal: Principal, submission: RiasecSubmission
    ) -> RiasecResultResponse:
        """Score, classify, and expand or compare with the target, in one transaction.

        The very same answers are a replay.
        """
        stored = await self._database.transact(lambda c: self._store(c, principal, submission))
        if stored is not None:
            metrics.session_transitions.labels(stored.test_goal, stored.status).inc()
        return stored or await self.result(principal, submission.session_token)

    async def result(self, principal: Principal, session_token: str) -> RiasecResultResponse:
        found, result = await self._database.read(
            lambda c: repository.find_owned_result(c, principal.user_id, session_token)
        )
        _, session = open_session(found, self._admission)
        if result is None:
            raise InvalidSessionStatus(status_now=session.status)
        return _response(session, session.status, result)

    def _store(
        self, connection: Connection, principal: Principal, submission: RiasecSubmission
    ) -> RiasecResultResponse | None:
        """One transaction; None when the very same answers are stored already."""
        found, issued = find_owned_question_set_for_update(
            connection, principal.user_id, submission.session_token
        )
        _, session = open_session(found, self._admission)
        if session.status is not SessionStatus.RIASEC_ONGOING:
            _require_replay(connection, session, submission)
            return None
        if session.test_goal is not TestGoal.FIT_CHECK:
            require_recommendation(session)
        self._check_sheet(issued, submission)
        response = self._store_result(connection, session, submission)
        if response.status is SessionStatus.COMPLETED:
            completed = CompletedSession(
                session.id, session.session_token, principal.user_id, session.test_goal
            )
            tell_completed(self._on_completed, connection, completed)
            self._on_progress(
                connection, Progress(principal.user_id, session.session_token, tuple(Step))
            )
        return response

    def _check_sheet(self, issued: list[int], submission: RiasecSubmission) -> None:
        answered = [answer.question_id for answer in submission.responses]
        missing, extra, duplicate = set_differences(issued, answered)
        if missing or extra or duplicate:
            raise QuestionSetMismatch(
                missing_question_ids=missing,
                extra_question_ids=extra,
                duplicate_question_ids=duplicate,
            )
        wrong = [
            answer.question_id
            for answer in submission.responses
            if answer.question_type not in (None, self._bank[answer.question_id].letter)
        ]
        if wrong:
            raise QuestionTypeMismatch(question_ids=wrong)

    def _store_result(
        self, connection: Connection, session: SessionRow, submission: RiasecSubmission
    ) -> RiasecResultResponse:
        form = form_of_version(session.question_set_version)
        scores = score_answers(self._bank, submission.values())
        if judge_validity(scores, form) in (Validity.FLAT, Validity.TOO_LOW):
            raise InvalidProfile
        profile = classify(scores, form)
        if session.test_goal is TestGoal.FIT_CHECK:
            code, expansion = repository.get_code(connection, profile.code), None
        else:
            code, expansion = self._expand(connection, profile)
        now = self._clock()
        responses = self._responses_data(submission, now)
        new = NewResult(session.id, now, scores, profile, code.id, responses)
        if expansion is None:
            target = _judge_target(connection, session, profile.code)
            store_fit_check_result(connection, new, target)
            result = ResultRow(scores, profile, code, None)
            return _response(session, SessionStatus.COMPLETED, result)
        candidates = build_candidates_data(expansion, profile, code.id, scores, now)
        repository.store_recommendation_result(connection, new, candidates)
        result = ResultRow(scores, profile, code, candidates)
        return _response(session, SessionStatus.RIASEC_COMPLETED, result)

    def _expand(self, connection: Connection, profile: Classification) -> tuple[CodeRow, Expansion]:
        first = first_codes(profile)
        others = [code for code in lookup_codes(profile) if code not in first]
        code, professions = repository.get_code_with_professions(
            connection, profile.code, first, others, self._continue_below
        )
        expansion = expand(profile, professions, self._continue_below)
        if not expansion.candidates:
            raise NoCandidates
        if len(expansion.candidates) < DISPLAYED:
            logger.warning("few_candidates", code=profile.code, count=len(expansion.candidates))
        return code, expansion

    def _responses_data(self, submission: RiasecSubmission, now: datetime) -> ResponsesData:
        """The answers as stored; one without a time of its own was answered when it arrived."""
        responses = [
            StoredResponse(
                question_id=answer.question_id,
                question_type=self._bank[answer.question_id].letter,
                answer_value=answer.answer_value,
                answered_at=answer.answered_at or now,
            )
            for answer in submission.responses
        ]
        return ResponsesData(
            responses=responses, total_questions=len(responses), completed=True, submitted_at=now
        )


def _judge_target(
    connection: Connection, session: SessionRow, user_code: str
) -> NewFitCheck | None:
    """The verdict on the session's target; None when it left the catalogue or lost its code.

    The user has answered everything by then: their own result is worth keeping all the same.
    """
    target = session.target_profession_id
    profession = None if target is None else find_coded_name(connection, target)
    if profession is None or profession.code is None or profession.code_id is None:
        logger.warning("fit_check_target_vanished", session_id=session.id, profession_id=target)
        return None
    fit = check_fit(user_code, profession.code)
    return NewFitCheck(profession.profession_id, profession.code_id, fit)


def _require_replay(
    connection: Connection, session: SessionRow, submission: RiasecSubmission
) -> None:
    """Only the very same answers may be sent again, in any order; the app did not get our first
    reply. A sheet that names a question twice never was accepted, so it is none of these.
    """
    stored = repository.find_responses(connection, session.id)
    is_same = (
        stored is not None
        and len(stored.responses) == len(submission.responses)
        and stored.values() == submission.values()
    )
    if not is_same:
        raise RiasecAlreadySubmitted


def _response(
    session: SessionRow, status: SessionStatus, result: ResultRow
) -> RiasecResultResponse:
    candidates = result.candidates.candidates if result.candidates else []
    validity = judge_validity(result.scores, form_of_version(session.question_set_version))
    return RiasecResultResponse(
        session_token=session.session_token,
        test_goal=session.test_goal,
        status=status,
        scores=dict(result.scores),
        classification_type=result.profile.code_type,
        is_inconsistent_profile=result.profile.is_inconsistent,
        riasec_code_info=_code_info(result.code),
        candidates=candidates,
        total_candidates=len(candidates),
        display_candidates_count=min(DISPLAYED, len(candidates)),
        validity_warning=LOW_TOTAL_WARNING if validity is Validity.LOW else None,
        next_step="ikigai" if session.uses_ikigai else "fit_check_result",
    )


def _code_info(code: CodeRow) -> RiasecCodeInfo:
    return RiasecCodeInfo(
        riasec_code=code.riasec_code,
        riasec_title=code.riasec_title,
        riasec_description=code.riasec_description,
        strengths=list(code.strengths),
        challenges=list(code.challenges),
        strategies=list(code.strategies),
        work_environments=list(code.work_environments),
        interaction_styles=list(code.interaction_styles),
    )
