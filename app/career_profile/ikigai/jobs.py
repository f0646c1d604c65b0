"""The durable job that finishes a session when nobody else does."""

from app.jobs.queue import Job

FINALIZE_SESSION = "finalize_session"


def finalize_job(session_id: int, due_in_s: float) -> Job:
    return Job(FINALIZE_SESSION, {"session_id": session_id}, due_in_s)
