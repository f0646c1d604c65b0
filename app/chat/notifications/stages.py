"""What a person is told while their result and their advisor come to be: stages and texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    ASSESSMENT_SUBMITTED = "assessment_submitted"
    ANALYSIS_STARTED = "analysis_started"
    ANALYSIS_COMPLETE = "analysis_complete"
    CHATBOT_READY = "chatbot_ready"
    ASSESSMENT_FAILED = "assessment_failed"
    INTERIM = "interim"
    MESSAGE_COMPLETED = "message_completed"


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    message: str


# Of a hundred; a stage that is not on the way from the last answer to the advisor has none.
PROGRESS: Mapping[Stage, int] = {
    Stage.ASSESSMENT_SUBMITTED: 25,
    Stage.ANALYSIS_STARTED: 50,
    Stage.ANALYSIS_COMPLETE: 75,
    Stage.CHATBOT_READY: 100,
}
TEXTS: Mapping[Stage, Text] = {
    Stage.ASSESSMENT_SUBMITTED: Text(
        "Jawabanmu sudah kami terima",
        "Semua jawabanmu tersimpan. Sebentar lagi kami mulai membacanya.",
    ),
    Stage.ANALYSIS_STARTED: Text(
        "Jawabanmu sedang kami baca",
        "Kami sedang mencocokkan ceritamu dengan profesi yang mungkin pas untukmu.",
    ),
    Stage.ANALYSIS_COMPLETE: Text(
        "Hasilmu sudah ada",
        "Profilmu selesai dihitung. Kami sedang menyiapkan teman ngobrol soal kariermu.",
    ),
    Stage.CHATBOT_READY: Text(
        "Penasihat kariermu siap",
        "Yuk, ngobrol tentang hasilmu. Sudah ada beberapa pertanyaan untuk memulai.",
    ),
    Stage.ASSESSMENT_FAILED: Text(
        "Obrolanmu belum bisa disiapkan",
        "Hasil tesmu tetap aman. Kamu bisa meminta kami menyiapkan obrolannya sekali lagi.",
    ),
    Stage.INTERIM: Text(
        "Jawaban sedang disusun",
        "Kali ini butuh waktu sedikit lebih lama. Tunggu sebentar, ya.",
    ),
    Stage.MESSAGE_COMPLETED: Text(
        "Ada jawaban baru",
        "Penasihat kariermu sudah menjawab pesanmu.",
    ),
}
RESULT_URL = "/assessment/{assessment_id}/results"
INITIALIZE_URL = "/api/chat/assessment/{assessment_id}/initialize"


@dataclass(frozen=True, slots=True)
class Action:
    """What the app can offer: go to a page of its own (redirect), or call a route (initialize)."""

    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Notification:
    """News for one person. `assessment_id` is the session_token of their run."""

    stage: Stage
    assessment_id: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None

    @property
    def action(self) -> Action | None:
        """Where the person can go from here; None when there is only to wait or to read."""
        if self.stage in {Stage.ANALYSIS_COMPLETE, Stage.CHATBOT_READY}:
            return Action("redirect", RESULT_URL.format(assessment_id=self.assessment_id))
        if self.stage is Stage.ASSESSMENT_FAILED:
            return Action("initialize", INITIALIZE_URL.format(assessment_id=self.assessment_id))
        return None

    @property
    def payload(self) -> dict[str, object]:
        """As it is stored: the structure of the contract but for id, stage and time."""
        text = TEXTS[self.stage]
        action = self.action
        return {
            "title": text.title,
            "message": text.message,
            "progress": PROGRESS.get(self.stage),
            "assessmentId": self.assessment_id,
            "action": None if action is None else {"type": action.type, "url": action.url},
            "conversation_id": self.conversation_id,
            "message_id": self.message_id,
        }


def assessment_submitted(assessment_id: str) -> Notification:
    """With the commit of the last answer."""
    return Notification(Stage.ASSESSMENT_SUBMITTED, assessment_id)


def analysis_started(assessment_id: str) -> Notification:
    """When scoring begins."""
    return Notification(Stage.ANALYSIS_STARTED, assessment_id)


def analysis_complete(assessment_id: str) -> Notification:
    """With the commit of the scores."""
    return Notification(Stage.ANALYSIS_COMPLETE, assessment_id)


def chatbot_ready(assessment_id: str, conversation_id: str) -> Notification:
    """When the welcome message and the suggestions are stored."""
    return Notification(Stage.CHATBOT_READY, assessment_id, conversation_id)


def assessment_failed(assessment_id: str) -> Notification:
    """When the job that prepares the conversation gives up."""
    return Notification(Stage.ASSESSMENT_FAILED, assessment_id)


def interim(conversation_id: str, message_id: str) -> Notification:
    """When a model is slow to begin; `message_id` is the person's message that it answers."""
    return Notification(Stage.INTERIM, None, conversation_id, message_id)


def message_completed(conversation_id: str, message_id: str) -> Notification:
    """For the person's other devices; `message_id` is the assistant's message."""
    return Notification(Stage.MESSAGE_COMPLETED, None, conversation_id, message_id)
