"""A session and its own items in display order."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.career_profile.riasec.models import QuestionSet
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import (
    LOCKED,
    CallerAndSession,
    owned_for_update,
    owned_session,
    session_of,
)
from app.core.rendered import Rendered
from app.users.repository import caller_of

OWNED_QUESTION_SET = Rendered(
    lambda: owned_session(QuestionSet.question_ids).outerjoin(
        QuestionSet, QuestionSet.test_session_id == TestSession.id
    )
)


def find_owned_question_set(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, list[int]]:
    row = OWNED_QUESTION_SET.first(connection, user_id=user_id, session_token=session_token)
    return _with_question_set(row)


OWNED_QUESTION_SET_FOR_UPDATE = Rendered(
    lambda: owned_for_update(QuestionSet.question_ids).outerjoin(
        QuestionSet, QuestionSet.test_session_id == LOCKED.c.id
    )
)


def find_owned_question_set_for_update(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, list[int]]:
    """As `find_owned_for_update`, with the questions, which are as old as the session and never
    change: the statement's snapshot may be older than the lock, never older than they are.
    """
    row = OWNED_QUESTION_SET_FOR_UPDATE.first(
        connection, user_id=user_id, session_token=session_token
    )
    return _with_question_set(row)


def _with_question_set(row: Any) -> tuple[CallerAndSession, list[int]]:
    ids = list(row.question_ids or []) if row is not None else []
    return CallerAndSession(caller_of(row), session_of(row)), ids
