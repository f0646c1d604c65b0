"""What the model simulator can do with a request: answer well, slowly, wrongly, or not at all.

Each behaviour has a name, so that tests can be parametrised with it. The good ones are here;
the faults live by subject in the `sim_` modules beside this one, and all are named from here.
"""

from dataclasses import replace

from tests.support.sim_behaviour import FOREVER, Behaviour
from tests.support.sim_connections import (
    hang_before_headers,
    hang_mid_body,
    hang_up,
    hang_up_mid_body,
    reset,
    reset_mid_body,
    slow_drip,
)
from tests.support.sim_envelopes import (
    envelope,
    error_object,
    finish,
    html,
    in_http_date,
    no_choices,
    no_content,
    no_usage,
    null_content,
    raw_body,
    refusal,
    status,
    wrong_model,
)
from tests.support.sim_http import Exchange
from tests.support.sim_streams import (
    finish_well,
    stream,
    stream_error,
    stream_reset,
    stream_without_end,
    stream_without_finish,
)
from tests.support.sim_texts import (
    blank_content,
    duplicate_keys,
    empty_content,
    extra_keys,
    fenced,
    fixed,
    in_prose,
    missing_keys,
    names_the_profession,
    not_a_number,
    out_of_range,
    prose_only,
    python_literals,
    strings_for_numbers,
    text,
    truncated,
    value,
    wrong_keys,
    wrong_language,
)

__all__ = [
    "FOREVER",
    "Behaviour",
    "blank_content",
    "duplicate_keys",
    "empty_content",
    "envelope",
    "error_object",
    "extra_keys",
    "fenced",
    "finish",
    "fixed",
    "good",
    "hang_before_headers",
    "hang_mid_body",
    "hang_up",
    "hang_up_mid_body",
    "html",
    "in_http_date",
    "in_prose",
    "latency",
    "missing_keys",
    "names_the_profession",
    "no_choices",
    "no_content",
    "no_usage",
    "not_a_number",
    "null_content",
    "out_of_range",
    "prose_only",
    "python_literals",
    "raw_body",
    "refusal",
    "reset",
    "reset_mid_body",
    "slow_drip",
    "status",
    "stream_error",
    "stream_reset",
    "stream_without_end",
    "stream_without_finish",
    "strings_for_numbers",
    "text",
    "truncated",
    "value",
    "wrong_keys",
    "wrong_language",
    "wrong_model",
]


async def _good(exchange: Exchange) -> None:
    if exchange.body.get("stream"):
        await stream(exchange, end=finish_well)
    else:
        await exchange.send_json(exchange.envelope(exchange.content()))


good = Behaviour("good", _good)


def latency(seconds: float, then: Behaviour = good) -> Behaviour:
    """Wait, then behave."""
    return replace(then, name=f"{then.name} after {seconds} s", delay=seconds)
