"""A completed session as the app is told of it."""

from app.career_profile.ikigai.completion.repository import CompletionRow
from app.career_profile.ikigai.documents import ProfessionScoreEntry
from app.career_profile.ikigai.quality import quality_of
from app.career_profile.ikigai.schemas import IkigaiCompletion, TopProfessionScores
from app.career_profile.sessions.models import SessionStatus
from app.llm.withheld import SUPPORT_MESSAGE

COMPLETED = "Selamat, tes Ikigai-mu selesai! Ini dua profesi yang paling cocok denganmu."


def completion_of(session_token: str, row: CompletionRow) -> IkigaiCompletion:
    metadata = row.totals
    scores = row.scoring
    return IkigaiCompletion(
        session_token=session_token,
        status=SessionStatus.COMPLETED,
        top_2_professions=[_top(item) for item in row.first_places],
        total_professions_evaluated=metadata.total_professions_ranked,
        tie_breaking_applied=metadata.tie_breaking_applied,
        calculated_at=metadata.calculated_at,
        message=COMPLETED,
        quality=quality_of(scores, row.narrative_source),
        support=SUPPORT_MESSAGE if scores.withheld else None,
    )


def _top(item: ProfessionScoreEntry) -> TopProfessionScores:
    return TopProfessionScores(
        rank=item.rank,
        profession_id=item.profession_id,
        total_score=item.total_score,
        score_what_you_love=item.score_what_you_love,
        score_what_you_are_good_at=item.score_what_you_are_good_at,
        score_what_the_world_needs=item.score_what_the_world_needs,
        score_what_you_can_be_paid_for=item.score_what_you_can_be_paid_for,
        intrinsic_score=item.intrinsic_score,
        extrinsic_score=item.extrinsic_score,
    )
