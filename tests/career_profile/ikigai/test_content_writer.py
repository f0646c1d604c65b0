"""The narratives of the options: one call, at most one repair, and by rule what still fails."""

import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from app.career_profile.ikigai.content import find_narrative_defects
from app.career_profile.ikigai.content_writer import ContentWriter, OptionText
from app.professions.context import ContentContext
from tests.support import sim_faults as faults
from tests.support.catalogue import load_catalogue
from tests.support.model_answers import DIMENSIONS, NARRATIVE, asked_ids
from tests.support.model_clients import QUICK, model_at
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour

PURPOSE = "ikigai_content"
OPTIONS: tuple[ContentContext, ...] = tuple(entry.content for entry in load_catalogue()[30:35])
IDS = [option.profession_id for option in OPTIONS]
BAD = OPTIONS[2]
UNKNOWN_ID = 987654
SENTENCE = "Kamu bisa menikmati hari yang penuh teka-teki kecil dan melihat hasilnya dipakai."


@pytest.fixture
async def writer(sim: OpenRouterSim) -> AsyncIterator[ContentWriter]:
    async with model_at(sim) as model:
        yield ContentWriter(model, QUICK)


Entries = list[dict[str, Any]]
Spoil = Callable[[dict[str, Any]], Entries]


def spoiled(spoil: Spoil) -> Behaviour:
    """A good answer in which what `spoil` makes of it stands for the entry of `BAD`."""

    def change(answer: Any) -> object:
        entries: Entries = []
        for entry in answer["professions"]:
            is_bad = entry["profession_id"] == BAD.profession_id
            entries += spoil(copy.deepcopy(entry)) if is_bad else [entry]
        return {"professions": entries}

    return faults.value("spoiled", change)


def with_text(text: str) -> Spoil:
    return lambda entry: [{**entry, DIMENSIONS[1]: text}]


SPOILS = [
    pytest.param(with_text(f"Sebagai {BAD.name}, {NARRATIVE}"), "names the profession", id="named"),
    pytest.param(
        with_text(NARRATIVE.replace("Kamu", BAD.name.upper())), "names the profession", id="shouted"
    ),
    pytest.param(with_text(f"{SENTENCE[:-1]} {SENTENCE}"), "2 complete", id="one sentence"),
    pytest.param(with_text(f"{NARRATIVE} Itu baik."), "2 complete", id="three sentences"),
    pytest.param(with_text(f"{NARRATIVE[:-1]} {SENTENCE[:-1]} {SENTENCE}"), "words", id="too long"),
    pytest.param(with_text("Kamu senang. Kamu betah."), "words", id="too short"),
    pytest.param(
        with_text(f"Profesi ini baik dan profesi ini {NARRATIVE[:1].lower()}{NARRATIVE[1:]}"),
        "more than once",
        id="profesi ini twice",
    ),
    pytest.param(with_text(""), "missing", id="empty text"),
    pytest.param(lambda entry: [], "missing", id="missing profession"),
    pytest.param(
        lambda entry: [{**entry, "profession_id": UNKNOWN_ID}], "missing", id="unknown id"
    ),
    pytest.param(
        lambda entry: [{**entry, "profession_id": str(BAD.profession_id)}], "missing", id="id text"
    ),
    pytest.param(lambda entry: [entry, entry], "twice", id="duplicate"),
    pytest.param(
        lambda entry: [{k: v for k, v in entry.items() if k != DIMENSIONS[3]}],
        "incomplete",
        id="missing dimension",
    ),
]


def sources(texts: Mapping[int, OptionText]) -> dict[int, str]:
    return {pid: text.source for pid, text in texts.items()}


def assert_fit_to_show(texts: Mapping[int, OptionText]) -> None:
    """Every option has four narratives that keep the rules, whoever wrote them."""
    assert sorted(texts) == sorted(IDS)
    for option in OPTIONS:
        narratives = texts[option.profession_id].narratives
        assert find_narrative_defects(narratives, option.telling_names) == {}


class TestTheCall:
    async def test_one_for_all_five(self, writer: ContentWriter, sim: OpenRouterSim) -> None:
        texts = await writer.write(OPTIONS)
        assert sources(texts) == dict.fromkeys(IDS, "model")
        assert {t for text in texts.values() for t in text.narratives.values()} == {NARRATIVE}
        (call,) = sim.calls
        assert asked_ids(call.body) == IDS
        assert call.body["response_format"]["type"] == "json_schema"
        assert call.body["response_format"]["json_schema"]["strict"] is True
        assert call.body["provider"] == {"require_parameters": True}
        assert call.body["temperature"] == 0.7
        assert call.body["max_tokens"] == 200 + 600 * 5

    async def test_knows_nothing_of_the_user(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        await writer.write(OPTIONS)
        assert "user" not in sim.calls[0].body

    async def test_the_schema_is_strict_all_the_way_down(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        await writer.write(OPTIONS)
        schema = sim.calls[0].body["response_format"]["json_schema"]["schema"]
        entry = schema["properties"]["professions"]["items"]
        for part in (schema, entry):
            assert part["additionalProperties"] is False
            assert sorted(part["required"]) == sorted(part["properties"])
        assert sorted(entry["required"]) == sorted(["profession_id", *DIMENSIONS])

    async def test_a_single_option_has_its_own_bound(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        await writer.write(OPTIONS[:1])
        assert sim.calls[0].body["max_tokens"] == 800


class TestRepair:
    @pytest.mark.parametrize(("spoil", "named"), SPOILS)
    async def test_asks_once_for_the_defective_and_says_why(
        self, writer: ContentWriter, sim: OpenRouterSim, spoil: Spoil, named: str
    ) -> None:
        sim.script(PURPOSE, spoiled(spoil))
        texts = await writer.write(OPTIONS)
        first, repair = sim.calls
        assert asked_ids(first.body) == IDS
        assert asked_ids(repair.body) == [BAD.profession_id]
        assert repair.body["max_tokens"] == 800
        assert named in repair.body["messages"][1]["content"]
        assert sources(texts) == dict.fromkeys(IDS, "model")
        assert_fit_to_show(texts)

    @pytest.mark.parametrize(("spoil", "named"), SPOILS)
    async def test_what_still_fails_is_composed_and_only_that(
        self, writer: ContentWriter, sim: OpenRouterSim, spoil: Spoil, named: str
    ) -> None:
        sim.always(PURPOSE, spoiled(spoil))
        texts = await writer.write(OPTIONS)
        assert sim.count() == 2
        assert sources(texts) == {**dict.fromkeys(IDS, "model"), BAD.profession_id: "fallback"}
        assert_fit_to_show(texts)

    async def test_names_the_dimension_at_fault(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        sim.script(PURPOSE, spoiled(with_text("Kamu senang. Kamu betah.")))
        await writer.write(OPTIONS)
        asked = sim.calls[1].body["messages"][1]["content"]
        defects, _ = json.JSONDecoder().raw_decode(asked[asked.index("{") :])
        assert defects.keys() == {str(BAD.profession_id)}
        assert defects[str(BAD.profession_id)].keys() == {DIMENSIONS[1]}

    async def test_an_extra_profession_is_dropped_without_a_repair(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        sim.script(PURPOSE, spoiled(lambda entry: [entry, {**entry, "profession_id": UNKNOWN_ID}]))
        texts = await writer.write(OPTIONS)
        assert sim.count() == 1
        assert sources(texts) == dict.fromkeys(IDS, "model")

    async def test_a_failing_repair_is_not_tried_again(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        sim.script(PURPOSE, spoiled(lambda entry: []), faults.status(503))
        texts = await writer.write(OPTIONS)
        assert sim.count() == 2
        assert sources(texts) == {**dict.fromkeys(IDS, "model"), BAD.profession_id: "fallback"}

    async def test_call_retry_and_repair_are_three_attempts(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        bad = spoiled(with_text("Kamu senang. Kamu betah."))
        sim.script(PURPOSE, faults.status(503), bad, bad, bad, bad)
        texts = await writer.write(OPTIONS)
        assert sim.count() == 3
        assert sources(texts)[BAD.profession_id] == "fallback"

    async def test_all_options_defective(self, writer: ContentWriter, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.value("terse", _terse))
        texts = await writer.write(OPTIONS)
        assert [asked_ids(call.body) for call in sim.calls] == [IDS, IDS]
        assert sources(texts) == dict.fromkeys(IDS, "fallback")
        assert_fit_to_show(texts)


def _terse(answer: Any) -> object:
    return {"professions": [{**e, DIMENSIONS[0]: "Pendek."} for e in answer["professions"]]}


DEAD = [
    faults.status(500),
    faults.status(429, "0"),
    faults.hang_up,
    faults.reset_mid_body,
    faults.hang_before_headers,
    faults.html,
    faults.error_object(),
    faults.no_choices,
    faults.empty_content,
    faults.prose_only,
    faults.finish("length"),
    faults.finish("error"),
    faults.wrong_keys,
    faults.fixed("[]"),
    faults.fixed({"professions": {"1": "x"}}),
    faults.fixed({"professions": [None, 5, "x", {"profession_id": [1]}]}),
]
REFUSED = [faults.status(400), faults.status(402), faults.status(403), faults.refusal()]


class TestDeadModel:
    @pytest.mark.parametrize("fault", DEAD, ids=str)
    async def test_is_asked_twice_then_all_is_composed(
        self, writer: ContentWriter, sim: OpenRouterSim, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        texts = await writer.write(OPTIONS)
        assert sim.count() == 2
        assert sources(texts) == dict.fromkeys(IDS, "fallback")
        assert_fit_to_show(texts)

    @pytest.mark.parametrize("fault", REFUSED, ids=str)
    async def test_a_refusal_is_final(
        self, writer: ContentWriter, sim: OpenRouterSim, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        texts = await writer.write(OPTIONS)
        assert sim.count() == 1
        assert sources(texts) == dict.fromkeys(IDS, "fallback")

    async def test_nobody_listens(self, writer: ContentWriter, sim: OpenRouterSim) -> None:
        sim.refuse_connections()
        try:
            texts = await writer.write(OPTIONS)
        finally:
            sim.accept_connections()
        assert sources(texts) == dict.fromkeys(IDS, "fallback")
        assert_fit_to_show(texts)

    async def test_a_truncated_answer_keeps_what_is_whole(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        """Half of five are two, repaired by half of three: the rest is composed."""
        sim.always(PURPOSE, faults.truncated)
        texts = await writer.write(OPTIONS)
        assert [asked_ids(call.body) for call in sim.calls] == [IDS, IDS[2:]]
        assert list(sources(texts).values()) == ["model"] * 3 + ["fallback"] * 2
        assert_fit_to_show(texts)

    async def test_half_an_answer_keeps_what_is_whole(
        self, writer: ContentWriter, sim: OpenRouterSim
    ) -> None:
        good = [faults.value("two", lambda a: {"professions": a["professions"][:2]})]
        sim.script(PURPOSE, *good, faults.status(503))
        texts = await writer.write(OPTIONS)
        assert list(sources(texts).values()) == ["model"] * 2 + ["fallback"] * 3
        assert_fit_to_show(texts)
