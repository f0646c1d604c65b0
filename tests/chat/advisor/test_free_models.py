"""Free models: how often one person may call them, and how they are counted."""

from uuid import uuid4

import pytest

from app.chat.advisor.advisor import Answered, UserTier
from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.advisor.spent import Spent
from app.core.exposition import exposition
from app.llm.port import Delta
from tests.chat.advisor.asking import FIRST, PAID, SECOND, WITH_PAID, a_turn, advisor_at, ask, asked
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.scrape import Scrape

HALO = chat.speaks("Halo", " Ayu")
DEAD = faults.status(503)


class TestFreeModelLimit:
    async def test_beyond_it_a_turn_is_refused_and_pays_for_nobody(
        self, sim: OpenRouterSim
    ) -> None:
        turn = a_turn()
        async with advisor_at(sim, WITH_PAID, calls_a_minute=2) as advisor:
            await advisor.admit(turn.user_id)
            await advisor.admit(turn.user_id)
            with pytest.raises(FreeModelLimitReached) as refused:
                await advisor.admit(turn.user_id)
            await advisor.admit(uuid4())  # everyone has a limit of their own
        assert (refused.value.status, refused.value.code) == (429, "free_model_limit_reached")
        assert 0 < (refused.value.retry_after_s or 0) <= 60

    async def test_in_the_middle_free_models_are_passed(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.by_model({PAID: HALO}, DEAD))
        turn = a_turn()
        async with advisor_at(sim, WITH_PAID, calls_a_minute=1) as advisor:
            await advisor.admit(turn.user_id)
            assert not (await ask(advisor, turn)).answered.is_free
        assert asked(sim) == [FIRST, PAID]

    async def test_every_call_counts(self, sim: OpenRouterSim) -> None:
        sim.always("chat", chat.by_model({FIRST: DEAD}, HALO))
        turn = a_turn()
        async with advisor_at(sim, calls_a_minute=4) as advisor:
            for _ in range(2):
                await advisor.admit(turn.user_id)
                await ask(advisor, turn)
            with pytest.raises(FreeModelLimitReached):
                await advisor.admit(turn.user_id)

    async def test_paid_models_have_none(self, sim: OpenRouterSim) -> None:
        turn = a_turn()
        async with advisor_at(sim, (PAID,), calls_a_minute=1) as advisor:
            for _ in range(3):
                await advisor.admit(turn.user_id)


class TestMetrics:
    async def test_every_call_of_a_free_model(self, sim: OpenRouterSim) -> None:
        before = scraped()
        sim.always("chat", chat.by_model({FIRST: DEAD, SECOND: chat.speaks()}, HALO))
        async with advisor_at(sim, WITH_PAID) as advisor:
            await ask(advisor, a_turn(user_tier=UserTier.PREMIUM))
        after = scraped()
        moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert moved == {
            (FIRST, "false"): 1,
            (SECOND, "false"): 1,
            (FIRST, "unavailable"): 1,
            (SECOND, "bad_output"): 1,
            (FIRST, "seconds"): 1,
            (SECOND, "seconds"): 1,
        }

    @pytest.mark.parametrize(("last", "ended"), [(Delta, "cancelled"), (Answered, "true")])
    async def test_leaving_is_nobodys_failure(
        self, sim: OpenRouterSim, last: type, ended: str
    ) -> None:
        """After the last word there is nothing left to leave."""
        sim.always("chat", chat.speaks("Halo", " Ayu", every=0.01))
        before = scraped()
        async with advisor_at(sim) as advisor:
            items = advisor.answer(a_turn(user_tier=UserTier.PREMIUM), Spent())
            while not isinstance(await anext(items), last):
                pass
            await items.aclose()
        after = scraped()
        assert after[FIRST, ended] == before[FIRST, ended] + 1
        assert after[FIRST, "unavailable"] == before[FIRST, "unavailable"]


def scraped() -> dict[tuple[str, str], float]:
    scrape = Scrape(exposition().decode())
    values = {}
    for model in (FIRST, SECOND, PAID):
        for success in ("true", "false", "cancelled"):
            labels = {"model": model, "user_tier": "premium", "success": success}
            values[model, success] = scrape.value("free_model_requests_total", **labels)
        for kind in ("unavailable", "bad_output"):
            labels = {"model": model, "error_type": kind}
            values[model, kind] = scrape.value("free_model_errors_total", **labels)
        seconds = scrape.value("free_model_response_time_seconds_count", model=model)
        values[model, "seconds"] = seconds
    return values
