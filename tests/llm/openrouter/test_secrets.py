"""What the OpenRouter adapter never says."""

import json
import logging
import traceback

import pytest
from structlog.testing import capture_logs

from app.llm.port import ModelError
from tests.llm.openrouter.calls import KEY, NEXT_KEY, PROMPT, PURPOSE, a_model, a_request, outcome
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour

ECHO = {"note": PROMPT, "scores": [{"key": "JAWABAN-7", "k": KEY, "text": NEXT_KEY}]}


class TestSecrets:
    """Neither key nor prompt nor answer is in a log line or an error."""

    @pytest.mark.parametrize(
        "fault",
        [
            faults.fixed(ECHO),
            faults.fixed(f"{PROMPT} {KEY} JAWABAN-7"),
            faults.fixed(json.dumps(ECHO)[:-20]),
            faults.refusal(f"{PROMPT} {KEY} JAWABAN-7"),
            faults.raw_body("echo", f"{PROMPT} {KEY} JAWABAN-7".encode()),
            faults.raw_body("echo error", json.dumps({"error": ECHO}).encode()),
            faults.raw_body("echo code", json.dumps({"error": {"code": KEY}}).encode()),
            faults.finish(f"{KEY}"),
            faults.status(401),
            faults.status(503),
            faults.reset,
            faults.hang_up_mid_body,
            faults.hang_mid_body,
        ],
        ids=str,
    )
    async def test_stay_secret(
        self, sim: OpenRouterSim, fault: Behaviour, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sim.always(PURPOSE, fault)
        said: list[str] = []
        with capture_logs() as logs:
            async with a_model(sim, api_key_next=NEXT_KEY) as model:
                result = await outcome(model, a_request(max_attempts=3))
        if isinstance(result, ModelError):
            assert (result.__cause__, result.__context__) == (None, None)
            said = [str(result), repr(result), *traceback.format_exception(result)]
        said += [json.dumps(logs), caplog.text]
        for secret in (KEY, NEXT_KEY, "RAHASIA", "menggambar", "JAWABAN-7"):
            assert secret not in "".join(said)
