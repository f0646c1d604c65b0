"""Streams of the OpenRouter adapter: what is sent, what comes, and when."""

import time

import pytest

from app.llm import openrouter_streams
from app.llm.ledger import Attempt
from app.llm.openrouter import OpenRouterModel
from app.llm.port import Finished, Usage
from app.llm.tokens import estimated_usage
from tests.llm.openrouter.calls import KEY, a_model
from tests.llm.openrouter.chats import CHAT, LATE_S, MODEL, QUESTION, a_chat, hear
from tests.support import sim_chat as chat
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_behaviour import Behaviour

REPORTED = Usage(40, 7, 0.00042)


class TestTheRequest:
    async def test_body_and_headers(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        await hear(model, a_chat(user="u-1"))
        (call,) = sim.calls
        assert call.body == {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "Jawab."},
                {"role": "user", "content": QUESTION},
            ],
            "temperature": 0.7,
            "max_tokens": 1000,
            "stream": True,
            "usage": {"include": True},
            "user": "u-1",
        }
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert call.headers["accept"] == "text/event-stream"
        assert call.headers["accept-encoding"] == "identity"


class TestAnAnswer:
    async def test_deltas_then_the_end(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(CHAT, chat.speaks("Halo", ", Ayu", ".", every=0.01))
        heard = await hear(model, a_chat())
        assert "".join(heard.deltas) == "Halo, Ayu."
        assert heard.end == Finished("Halo, Ayu.", "sim/chat", "stop", REPORTED, 1)

    async def test_cut_at_max_tokens_is_an_answer(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(CHAT, chat.speaks("Langkah pertamamu", finish="length"))
        heard = await hear(model, a_chat())
        assert (heard.finished.text, heard.finished.finish_reason) == (
            "Langkah pertamamu",
            "length",
        )

    @pytest.mark.parametrize(
        ("behaviour", "text"),
        [
            (chat.speaks("", "\n \n", " Halo", "\n"), "Halo\n"),
            (chat.events("CRLF", chat.chunk("Halo", "stop").replace(b"\n", b"\r\n")), "Halo"),
            (
                chat.events(
                    "comments",
                    *[chat.COMMENT, chat.chunk("Ha"), b": x\n", chat.chunk("lo", "stop")],
                ),
                "Halo",
            ),
            (
                chat.events("cut", *(bytes([b]) for b in chat.chunk("é 👍", "stop"))),
                "é 👍",
            ),
            (
                chat.events("no blank line at the end", chat.chunk("Halo", "stop")[:-2]),
                "Halo",
            ),
            (chat.events("two at once", chat.chunk("Ha") + chat.chunk("lo", "stop")), "Halo"),
            (chat.speaks("Bagus \ud83d", "\udc4d!"), "Bagus 👍!"),
            (chat.speaks("A\ud83d", "B\udc4dC\0"), "A\ufffdB\ufffdC"),
            (chat.events("no model", chat.chunk("Halo", "stop", model="")), "Halo"),
            (chat.events("reasoning", chat.chunk(None), chat.chunk("Halo", "stop")), "Halo"),
            (
                chat.events(
                    "after the end",
                    *[chat.chunk("Halo", "stop"), chat.DONE, chat.chunk("?"), b"data: {"],
                ),
                "Halo",
            ),
            (
                chat.events("reset after the finish", chat.chunk("Halo", "stop"), end="reset"),
                "Halo",
            ),
            (faults.fixed("Halo"), "Halo"),  # does not stream at all
        ],
        ids=str,
    )
    async def test_that_is_forgiven(
        self, sim: OpenRouterSim, model: OpenRouterModel, behaviour: Behaviour, text: str
    ) -> None:
        sim.always(CHAT, behaviour)
        heard = await hear(model, a_chat())
        assert "".join(heard.deltas) == heard.finished.text == text
        assert heard.finished.attempts == sim.count() == 1

    @pytest.mark.parametrize("last", [b"", chat.DONE], ids=["no DONE", "DONE"])
    async def test_it_does_not_wait_for_a_body_that_never_ends(
        self,
        sim: OpenRouterSim,
        model: OpenRouterModel,
        monkeypatch: pytest.MonkeyPatch,
        last: bytes,
    ) -> None:
        monkeypatch.setattr(openrouter_streams, "USAGE_WAIT_S", 0.1)
        sim.always(CHAT, chat.events("open", chat.chunk("Halo", "stop") + last, end="hang"))
        started = time.monotonic()
        assert (await hear(model, a_chat())).finished.text == "Halo"
        assert time.monotonic() - started < 0.25 + LATE_S

    async def test_a_connection_serves_one_answer_after_another(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        """Also when the end of the body comes after the last event."""
        sim.always(CHAT, chat.speaks("Halo", every=0.02))
        for _ in range(3):
            await hear(model, a_chat())
        assert len({call.connection for call in sim.calls}) == 1

    async def test_it_may_take_longer_than_its_first_token(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(CHAT, chat.speaks(*["kata "] * 5, every=0.1))
        heard = await hear(model, a_chat(first_token_timeout_s=0.4))
        assert len(heard.deltas) == 5


class TestForwarding:
    async def test_nothing_waits_for_company(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        """The model goes on when its last word has been heard: whoever collects hears no more."""
        words = ["a", "b ", "c", "\n", "d", "e"]
        speaker = chat.Stepwise(*words)
        sim.always(CHAT, speaker.behaviour)
        heard = []
        async for item in model.stream(a_chat()):
            if not isinstance(item, Finished):
                heard.append(item.text)
                speaker.go_on()
        assert heard == words

    async def test_within_fifty_milliseconds_of_its_arrival(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(CHAT, chat.stamped(tokens=20, every=0.01))
        delays: list[float] = []
        async for item in model.stream(a_chat()):
            if not isinstance(item, Finished):
                delays += [time.monotonic() - float(sent) for sent in item.text.split()]
        assert len(delays) == 20
        assert sorted(delays)[10] < 0.05


class TestUsage:
    async def test_what_was_reported_is_counted(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.always(CHAT, chat.speaks("Halo"))
        async with a_model(sim, observe=seen.append) as model:
            await hear(model, a_chat())
        assert seen == [Attempt(CHAT, "sim/chat", failed=False, retry=False, usage=REPORTED)]

    @pytest.mark.parametrize("finish", ["stop", None], ids=["whole", "broken"])
    async def test_what_was_not_reported_is_estimated(
        self, sim: OpenRouterSim, finish: str | None
    ) -> None:
        seen: list[Attempt] = []
        sim.always(CHAT, chat.events("no usage", chat.chunk("Halo Ayu", finish)))
        request = a_chat()
        async with a_model(sim, observe=seen.append) as model:
            heard = await hear(model, request)
        (attempt,) = seen
        assert attempt.usage == estimated_usage(request.messages, "Halo Ayu")
        assert attempt.usage == (heard.end or heard.failed).usage
        assert (attempt.usage.prompt_tokens, attempt.usage.completion_tokens) == (11, 3)

    async def test_nothing_came_and_nothing_is_estimated(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.always(CHAT, faults.status(503))
        async with a_model(sim, observe=seen.append) as model:
            await hear(model, a_chat())
        assert [(one.failed, one.retry, one.usage) for one in seen] == [
            (True, False, Usage()),
            (True, True, Usage()),
        ]
