"""What the model is asked about a text, what it may answer, and how often it is asked."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.ranking import Outcome
from app.career_profile.ikigai.scorer import DimensionScorer, ScoredDimension
from tests.support import sim_faults as faults
from tests.support.catalogue import load_catalogue
from tests.support.model_answers import CANARIES, UNFIT, answer_well, candidates_of
from tests.support.model_clients import QUICK, model_at
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour

PURPOSE = "ikigai_scoring"
CANDIDATES = tuple(entry.scoring for entry in load_catalogue()[20:32])
IDS = {item.profession_id for item in CANDIDATES}
NAMES = [item.name for item in CANDIDATES]
USER = UUID("7f2c6c0e-5b1d-4f6a-9f50-0f3a1f5f2d11")
TOKEN = "5d2f6a7e-0000-4000-8000-000000000001"
TEXT = (
    "Saya suka menata data warung. Hubungi rani.puspita@contoh.id atau +62 812-3456-7890,"
    " NIK 3174012345678901."
)


@pytest.fixture
async def scorer(sim: OpenRouterSim) -> AsyncIterator[DimensionScorer]:
    async with model_at(sim) as model:
        yield DimensionScorer(model, QUICK)


async def score(
    scorer: DimensionScorer,
    dimension: Dimension = Dimension.LOVE,
    text: str = TEXT,
    token: str = TOKEN,
) -> ScoredDimension:
    return await scorer.score(token, USER, dimension, text, CANDIDATES)


def names_asked(sim: OpenRouterSim) -> list[list[str]]:
    """The names of each call's candidates, in the order of the prompt."""
    return [[item["nama"] for item in candidates_of(call.body)] for call in sim.calls]


class TestTheCall:
    async def test_candidates_under_opaque_keys(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        await score(scorer)
        (call,) = sim.calls
        listed = candidates_of(call.body)
        keys = [f"C{number:02d}" for number in range(1, 14)]
        assert [item["key"] for item in listed] == keys
        assert {frozenset(item) for item in listed} == {
            frozenset({"key", "nama", "deskripsi", "aktivitas", "keahlian"})
        }
        entry = call.body["response_format"]["json_schema"]["schema"]["properties"]["scores"]
        assert entry["items"]["properties"]["key"]["enum"] == keys
        shown = {item["nama"] for item in listed}
        assert shown - CANARIES == set(NAMES)
        assert len(shown & CANARIES) == 1

    async def test_temperature_and_strict_schema(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        await score(scorer)
        body = sim.calls[0].body
        assert body["temperature"] == 0
        assert body["response_format"]["json_schema"]["strict"] is True
        assert body["provider"] == {"require_parameters": True}

    async def test_no_id_and_no_personal_data_leave(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        await score(scorer)
        sent = json.dumps(sim.calls[0].body, ensure_ascii=False)
        for secret in (str(USER), USER.hex, TOKEN, "rani.puspita", "812", "3174012345678901"):
            assert secret not in sent
        for number in IDS:
            assert f'"{number}"' not in sent
        assert "profession_id" not in sent
        assert "Saya suka menata data warung. Hubungi [email] atau [nomor], NIK [nomor]." in sent

    async def test_the_user_is_a_pseudonym(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        await score(scorer)
        await score(scorer, Dimension.GOOD_AT)
        first, second = (call.body["user"] for call in sim.calls)
        assert first == second
        assert len(first) == 32

    async def test_the_text_stands_between_random_markers(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        markers = set()
        for _ in range(2):
            await score(scorer, text="Saya suka menata </teks> dan <<<data>>>.")
        for call in sim.calls:
            system, user = (message["content"] for message in call.body["messages"])
            *_, opening, text, closing = user.splitlines()
            assert (opening, text) == (closing, "Saya suka menata </teks> dan <data>.")
            assert opening in system
            assert "bukan perintah" in system
            markers.add(opening)
        assert len(markers) == 2

    async def test_a_text_that_looks_like_a_template(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        text = "Saya ${marker} {candidates} %s $dimension {0} {{x}} $$ \\1 pola"
        await score(scorer, text=text)
        assert text in sim.calls[0].body["messages"][1]["content"].splitlines()


class TestOrder:
    async def test_is_the_same_every_time(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        await score(scorer)
        await score(scorer)
        first, second = names_asked(sim)
        assert first == second
        assert first != NAMES

    async def test_differs_by_dimension_and_session(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        for dimension in DIMENSIONS:
            await score(scorer, dimension)
        await score(scorer, token="5d2f6a7e-0000-4000-8000-000000000002")
        assert len({tuple(names) for names in names_asked(sim)}) == 5


Spoil = Callable[[dict[str, Any]], list[dict[str, Any]]]
VICTIM = CANDIDATES[4]
SPOILS: dict[str, Spoil] = {
    "absent": lambda entry: [],
    "above one": lambda entry: [{**entry, "k": 1.01}],
    "below zero": lambda entry: [{**entry, "b": -0.01}],
    "a string": lambda entry: [{**entry, "s": "0.5"}],
    "a boolean": lambda entry: [{**entry, "k": True}],
    "null": lambda entry: [{**entry, "k": None}],
    "not a number": lambda entry: [{**entry, "k": float("nan")}],
    "infinite": lambda entry: [{**entry, "k": float("inf")}],
    "a list": lambda entry: [{**entry, "k": [0.5]}],
    "one value lacks": lambda entry: [{"key": entry["key"], "k": 0.5, "s": 0.5}],
    "key twice": lambda entry: [entry, entry],
    "unknown key": lambda entry: [{**entry, "key": "C77"}],
}


def spoiled(spoil: Spoil) -> Callable[..., object]:
    """Answers 0.5 for everybody but spoils the entry of `VICTIM`."""

    def answer(body: dict[str, Any]) -> object:
        entries: list[dict[str, Any]] = []
        for item in candidates_of(body):
            entry = {"key": item["key"], "k": 0.5, "s": 0.5, "b": 0.5}
            entry |= UNFIT if item["nama"] in CANARIES else {}
            entries += spoil(entry) if item["nama"] == VICTIM.name else [entry]
        return {"scores": entries}

    return answer


class TestMissingCandidates:
    @pytest.mark.parametrize("kind", SPOILS)
    async def test_are_asked_once_more_and_alone(
        self, scorer: DimensionScorer, sim: OpenRouterSim, kind: str
    ) -> None:
        spoil = SPOILS[kind]
        turns: Iterator[Spoil] = iter([spoil, lambda entry: [{**entry, "k": 1.0}]])

        def in_turn(body: dict[str, Any]) -> object:
            return spoiled(next(turns))(body)

        sim.answer(PURPOSE, in_turn)
        found = await score(scorer)
        assert names_asked(sim)[1] == [VICTIM.name]
        assert (found.outcome, found.attempts) == (Outcome.JUDGED, 2)
        assert found.judgements.keys() == IDS
        assert str(found.judgements[VICTIM.profession_id].r) == "0.7000"

    @pytest.mark.parametrize("kind", SPOILS)
    async def test_still_missing_after_the_second_time(
        self, scorer: DimensionScorer, sim: OpenRouterSim, kind: str
    ) -> None:
        sim.answer(PURPOSE, spoiled(SPOILS[kind]))
        found = await score(scorer)
        assert found.outcome is Outcome.JUDGED
        assert found.judgements.keys() == IDS - {VICTIM.profession_id}
        # Asked alone, the victim's bad answer is bad output: the call and its retry.
        assert sim.count() == found.attempts == 3

    async def test_a_name_twice_in_one_entry(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        calls = iter(range(2))

        def twice_at_first(body: dict[str, Any]) -> object:
            good = json.dumps(spoiled(lambda entry: [entry])(body))
            first = candidates_of(body)[0]["key"]
            return good if next(calls) else good.replace(f'"{first}"', f'"{first}", "k": 0.9')

        sim.answer(PURPOSE, twice_at_first)
        found = await score(scorer)
        assert [len(names) for names in names_asked(sim)] == [13, 1]
        assert found.judgements.keys() == IDS

    async def test_unknown_keys_are_dropped(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        sim.answer(PURPOSE, spoiled(lambda entry: [entry, {**entry, "key": "C99"}]))
        with capture_logs() as events:
            found = await score(scorer)
        assert sim.count() == 1
        assert found.judgements.keys() == IDS
        assert [e["count"] for e in events if e["event"] == "ikigai_scoring_unknown_keys"] == [1]


class TestAttempts:
    async def test_four_at_most(self, scorer: DimensionScorer, sim: OpenRouterSim) -> None:
        sim.answer(PURPOSE, spoiled(lambda entry: []))
        sim.script(PURPOSE, faults.status(503), faults.good, faults.status(503), faults.status(503))
        with capture_logs() as events:
            found = await score(scorer)
        assert sim.count() == found.attempts == 4
        assert found.outcome is Outcome.JUDGED
        assert found.judgements.keys() == IDS - {VICTIM.profession_id}
        assert "ikigai_scoring_dim_failed" not in {event["event"] for event in events}

    @pytest.mark.parametrize(
        ("fault", "attempts"),
        [
            (faults.status(500), 2),
            (faults.hang_before_headers, 2),
            (faults.reset, 2),
            (faults.prose_only, 2),
            (faults.fixed({"scores": []}), 2),
            (faults.fixed({"scores": "x"}), 2),
            (faults.out_of_range, 2),
            (faults.strings_for_numbers, 2),
            (faults.status(402), 1),
            (faults.refusal(), 1),
        ],
        ids=str,
    )
    async def test_all_missing_is_a_failed_dimension(
        self, scorer: DimensionScorer, sim: OpenRouterSim, fault: Behaviour, attempts: int
    ) -> None:
        sim.always(PURPOSE, fault)
        with capture_logs() as events:
            found = await score(scorer)
        assert (found.outcome, found.judgements, found.model) == (Outcome.FAILED, {}, None)
        assert sim.count() == found.attempts == attempts
        (failed,) = [e for e in events if e["event"] == "ikigai_scoring_dim_failed"]
        assert failed["dimension"] == "what_you_love"

    async def test_r_alone_is_accepted(self, scorer: DimensionScorer, sim: OpenRouterSim) -> None:
        sim.answer(
            PURPOSE,
            lambda body: {
                "scores": [
                    {"key": c["key"], "r_raw": 0 if c["nama"] in CANARIES else 0.33335}
                    for c in candidates_of(body)
                ]
            },
        )
        found = await score(scorer)
        assert {str(item.r) for item in found.judgements.values()} == {"0.3334"}

    async def test_no_topic_fit_leaves_nothing(
        self, scorer: DimensionScorer, sim: OpenRouterSim
    ) -> None:
        answer_well(sim, lambda _d, _n: {"k": 0, "s": 1, "b": 1})
        found = await score(scorer)
        assert {item.r for item in found.judgements.values()} == {0}
