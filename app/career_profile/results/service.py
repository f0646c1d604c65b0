"""The results that a user reads, from the stored rows."""

import asyncio

from app.career_profile.errors import InvalidSessionStatus, ResultNotFound
from app.career_profile.ikigai.certainty import certainty_of
from app.career_profile.ikigai.quality import quality_of
from app.career_profile.results import repository
from app.career_profile.results.explained import Phrases, explain_professions
from app.career_profile.results.explanation import choose_phrases
from app.career_profile.results.fit_check import MATCH_LABELS, MATCH_STARS
from app.career_profile.results.fit_explanation import explain_fit
from app.career_profile.results.recommendation import repository as recommendations
from app.career_profile.results.recommendation.document import StoredRecommendation
from app.career_profile.results.repository import FitCheckRow
from app.career_profile.results.schemas import (
    FitCheckResponse,
    FitExplanation,
    FitVerdict,
    RecommendationResult,
    RiasecSummary,
    TargetProfession,
    UserRiasec,
)
from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.career_profile.sessions.access import open_session, require_recommendation
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.career_profile.sessions.repository import SessionRow
from app.core.database import Database
from app.core.security import Principal
from app.users.caller import Admission, Caller

VANISHED_NAME = "Profesi yang sudah tidak ada di katalog"
NOT_A_FIT_CHECK = "Sesi ini mencari rekomendasi, jadi tidak punya hasil cek kecocokan."
TARGET_VANISHED = (
    "Profesi tujuanmu keluar dari katalog sebelum sempat dibandingkan. Hasil minatmu tetap"
    " tersimpan, dan kamu bisa mengecek profesi lain."
)


class ResultService:
    """Use cases of reading results."""

    def __init__(self, database: Database, admission: Admission) -> None:
        self._database = database
        self._admission = admission

    async def recommendation(
        self, principal: Principal, session_token: str
    ) -> RecommendationResult:
        found, told = await self._database.read(
            lambda c: recommendations.find_owned_recommendation(c, principal.user_id, session_token)
        )
        caller, session = open_session(found, self._admission)
        require_recommendation(session)
        if session.status is not SessionStatus.COMPLETED or session.completed_at is None:
            raise InvalidSessionStatus(status_now=session.status)
        if told is None:
            raise ResultNotFound
        phrases = await self._phrases(session, told)
        return _recommendation(caller, session, told, phrases)

    async def _phrases(self, session: SessionRow, told: StoredRecommendation) -> Phrases:
        """The stored ones, but for a profession that left the catalogue. Of a run completed before
        they were stored: chosen now; texts that were withheld from the model are not quoted.
        """
        names = {item.profession_id: item.name for item in told.names}
        if told.phrases is not None:
            return {p.profession_id: p.phrases for p in told.phrases if p.profession_id in names}
        recommended = [p.profession_id for p in told.recommendations.recommended_professions]
        answers, works = await self._database.read(
            lambda c: recommendations.find_words_and_works(c, session.id, recommended)
        )
        texts = [item.reasoning_text for item in answers.values() if not item.is_withheld]
        # In a thread: the words of four texts are weighed, some milliseconds.
        return await asyncio.to_thread(choose_phrases, texts, list(names.values()), works)

    async def fit_check(self, principal: Principal, session_token: str) -> FitCheckResponse:
        """The stored verdict, explained; never judged again."""
        found, row = await self._database.read(
            lambda c: repository.find_owned_fit_check(c, principal.user_id, session_token)
        )
        caller, session = open_session(found, self._admission)
        if session.test_goal is not TestGoal.FIT_CHECK:
            raise ResultNotFound(NOT_A_FIT_CHECK)
        if session.status is not SessionStatus.COMPLETED or session.completed_at is None:
            raise InvalidSessionStatus(status_now=session.status)
        if row is None:
            raise ResultNotFound(TARGET_VANISHED)
        return FitCheckResponse(
            session_token=session.session_token,
            user_first_name=caller.first_name,
            test_completed_at=session.completed_at,
            user_riasec=UserRiasec(
                riasec_code=row.user_code,
                riasec_title=row.user_title,
                top_types=_type_names(row.user_code),
            ),
            target_profession=TargetProfession(
                profession_id=row.profession_id,
                name=row.profession_name or VANISHED_NAME,
                riasec_code=row.profession_code,
                riasec_title=row.profession_title,
            ),
            fit_check_result=_verdict(row),
            points_awarded=None,
        )


def _type_names(code: str) -> list[str]:
    return [TYPE_NAMES[Letter(letter)] for letter in code]


def _verdict(row: FitCheckRow) -> FitVerdict:
    fit = row.fit
    label, stars = MATCH_LABELS[fit.category], MATCH_STARS[fit.category]
    text = explain_fit(fit.rule, row.user_code, row.profession_code, row.profession_name or "")
    return FitVerdict(
        match_category=fit.category,
        match_label=label,
        match_stars=stars,
        rule_type=fit.rule,
        dominant_letter_same=fit.dominant_letter_same,
        is_adjacent_hexagon=fit.is_adjacent_hexagon,
        match_score=fit.match_score,
        explanation=FitExplanation(
            meaning=text.meaning,
            reason_points=list(text.reason_points),
            implication=text.implication,
            next_steps=list(text.next_steps),
            cta_primary=text.cta_primary,
            cta_secondary=text.cta_secondary,
            match_label=label,
            match_stars=stars,
        ),
    )


def _recommendation(
    caller: Caller, session: SessionRow, told: StoredRecommendation, phrases: Phrases
) -> RecommendationResult:
    ranked = [place.as_ranked() for place in told.first_places]
    assert session.completed_at is not None  # noqa: S101 - the caller checked it
    return RecommendationResult(
        session_token=session.session_token,
        user_first_name=caller.first_name,
        test_completed_at=session.completed_at,
        riasec_summary=RiasecSummary(
            riasec_code=told.riasec_code,
            riasec_title=told.riasec_title,
            top_types=_type_names(told.riasec_code),
            total_candidates_found=told.total_candidates,
        ),
        candidate_profession_names=told.names,
        ikigai_profile_summary=told.recommendations.ikigai_profile_summary,
        recommended_professions=explain_professions(told, ranked, phrases),
        points_awarded=None,
        quality=quality_of(
            told.scoring,
            told.recommendations.generation_context.narrative_source,
        ),
        certainty=certainty_of(ranked),
    )
