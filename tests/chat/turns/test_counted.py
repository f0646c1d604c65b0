"""How an answer ended is counted, whichever way it was asked for."""

from collections.abc import Callable

import pytest

from app.chat.turns import keeping
from app.chat.turns.counters import Outcome
from app.core.exposition import exposition
from tests.chat.chatter import CHAT, Chatter
from tests.chat.events.eye import until
from tests.chat.turns.conftest import MakeChatter, Talker, next_of
from tests.chat.turns.test_failures import IN_THE_MIDDLE, PATIENCE, SAID, Outage, begun, outage
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.scrape import Scrape
from tests.support.sim_behaviour import Behaviour
from tests.support.sim_chat import chunk, events, speaks

__all__ = ["outage"]

JSON, STREAM = "application/json", "text/event-stream"
Added = Callable[[], dict[str, float]]


def counted() -> dict[str, float]:
    scrape = Scrape(exposition().decode())
    return {outcome: scrape.value("chat_answers_total", outcome=outcome) for outcome in Outcome}


@pytest.fixture
def added() -> Added:
    """What the test has added so far, by outcome."""
    before = counted()
    return lambda: {name: n - before[name] for name, n in counted().items() if n > before[name]}


@pytest.mark.parametrize("accept", [JSON, STREAM])
@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (speaks("Kamu teliti."), Outcome.WHOLE),
        (faults.status(503), Outcome.UNAVAILABLE),
        (IN_THE_MIDDLE[0], Outcome.BROKEN_OFF),
    ],
    ids=["whole", "unavailable", "broken off"],
)
async def test_plain_or_streamed(
    make_chatter: MakeChatter,
    sim: OpenRouterSim,
    added: Added,
    behaviour: Behaviour,
    outcome: Outcome,
    accept: str,
) -> None:
    chatter: Chatter = await make_chatter(**PATIENCE)
    sim.always("chat", behaviour)
    path = f"{CHAT}/conversations/{await chatter.create()}/messages"
    headers = {**chatter.headers, "Accept": accept}
    response = await chatter.client.post(path, json=SAID, headers=headers)
    if accept == STREAM:
        assert response.status_code == 200
    assert added() == {outcome: 1}


async def test_who_leaves_is_no_failure(talker: Talker, sim: OpenRouterSim, added: Added) -> None:
    sim.always("chat", events("silence", chunk("Kamu teliti, "), end="hang"))
    async with talker.say(await talker.create()) as reader:
        await next_of(reader)

    async def is_counted() -> bool:
        return added() == {Outcome.ABANDONED: 1}

    await until(is_counted)


async def test_erased_meanwhile_is_no_failure(
    chatter: Chatter, sim: OpenRouterSim, added: Added
) -> None:
    _, gate, send = await begun(chatter, sim)
    await chatter.ok("DELETE", "/me")
    gate.open()
    assert (await send).status_code == 404
    assert added() == {Outcome.ABANDONED: 1}


async def test_the_database_away(
    outage: Outage,
    sim: OpenRouterSim,
    added: Added,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "PAUSES_S", (0.01,))
    _, gate, send = await begun(outage.chatter, sim)
    outage.lock(True)
    gate.open()
    assert (await send).status_code == 503
    outage.lock(False)
    assert added() == {Outcome.FAILED: 1}
