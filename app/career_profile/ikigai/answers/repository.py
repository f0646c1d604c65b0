"""Named statements of the four answers."""

from functools import partial
from typing import Any

from sqlalchemy import Connection, Text, bindparam, case, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.career_profile.columns import Timestamp
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import DimensionAnswer
from app.career_profile.ikigai.models import IkigaiResponses
from app.career_profile.ikigai.repository import ANSWER_COLUMNS, SESSION, Answers, answers_of
from app.core.rendered import Rendered

ANSWER = cast(bindparam("answer", type_=Text), JSONB)  # as the JSON that pydantic writes


def find_answers(connection: Connection, session_id: int) -> Answers:
    """The answers given so far, in the order of the app."""
    statement = select(*ANSWER_COLUMNS.values()).where(
        IkigaiResponses.test_session_id == session_id
    )
    row = connection.execute(statement).first()
    return {} if row is None else answers_of(row)


def save_answer(
    connection: Connection, session_id: int, dimension: Dimension, answer: DimensionAnswer
) -> Answers | None:
    """Fill the dimension's column if it is still empty; None when it was answered before.

    The fourth answer also marks the row as completed. Returns all answers.
    """
    row = SAVE_ANSWER[dimension].first(
        connection,
        session_id=session_id,
        answer=answer.model_dump_json(),
        answered_at=answer.answered_at,
    )
    return None if row is None else answers_of(row)


def save_early_answer(
    connection: Connection, session_id: int, dimension: Dimension, answer: DimensionAnswer
) -> Answers | None:
    """As `save_answer`, in a statement of its own, but never the fourth: None when it would be.

    The row is marked as not completed: an adopted one may say otherwise, and PostgreSQL checks the
    rule that it breaks at every update, though it was never validated.

    Two people with one account send the third and the fourth at once, and both saw two answers.
    The second waits for the row, and PostgreSQL asks its condition again of what it waited for.
    """
    row = SAVE_EARLY_ANSWER[dimension].first(
        connection, session_id=session_id, answer=answer.model_dump_json()
    )
    return None if row is None else answers_of(row)


def _is_last(dimension: Dimension) -> Any:
    others = [other.is_not(None) for name, other in ANSWER_COLUMNS.items() if name != dimension]
    return others[0] & others[1] & others[2]


def _save_early_answer(dimension: Dimension) -> Any:
    column = ANSWER_COLUMNS[dimension]
    return (
        update(IkigaiResponses)
        .where(IkigaiResponses.test_session_id == SESSION, column.is_(None), ~_is_last(dimension))
        .values(
            {column: ANSWER, IkigaiResponses.completed: False, IkigaiResponses.completed_at: None}
        )
        .returning(*ANSWER_COLUMNS.values())
    )


SAVE_EARLY_ANSWER = {name: Rendered(partial(_save_early_answer, name)) for name in DIMENSIONS}


def _save_answer(dimension: Dimension) -> Any:
    column = ANSWER_COLUMNS[dimension]
    is_last = _is_last(dimension)
    return (
        update(IkigaiResponses)
        .where(IkigaiResponses.test_session_id == SESSION, column.is_(None))
        .values(
            {
                column: ANSWER,
                IkigaiResponses.completed: is_last,
                IkigaiResponses.completed_at: case(
                    (is_last, bindparam("answered_at", type_=Timestamp))
                ),
            }
        )
        .returning(*ANSWER_COLUMNS.values())
    )


SAVE_ANSWER = {name: Rendered(partial(_save_answer, name)) for name in DIMENSIONS}
