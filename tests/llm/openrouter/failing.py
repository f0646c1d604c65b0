"""Every fault that is an error, what it becomes, and after how many HTTP attempts."""

from typing import Any

import pytest

from app.llm.port import (
    ModelBadOutput,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from tests.support import sim_faults as faults
from tests.support.sim_faults import Behaviour


def row(made: Behaviour, *expected: object) -> Any:
    return pytest.param(made, *expected, id=made.name)


# Behaviour, error, reason, HTTP attempts when it goes on for ever.
FAILING = [
    row(faults.hang_up, ModelUnavailable, "connection failed", 2),
    row(faults.reset, ModelUnavailable, "connection failed", 2),
    row(faults.hang_up_mid_body, ModelUnavailable, "connection failed", 2),
    row(faults.reset_mid_body, ModelUnavailable, "connection failed", 2),
    row(faults.slow_drip(), ModelTimeout, "attempt timeout", 2),
    row(faults.hang_before_headers, ModelTimeout, "attempt timeout", 2),
    row(faults.hang_mid_body, ModelTimeout, "attempt timeout", 2),
    row(faults.latency(2.0), ModelTimeout, "attempt timeout", 2),
    row(faults.status(400), ModelRefused, "http 400", 1),
    row(faults.status(401), ModelRefused, "http 401", 1),
    row(faults.status(402), ModelRefused, "http 402", 1),
    row(faults.status(402, "0"), ModelRateLimited, "http 402", 2),
    row(faults.status(402, "60"), ModelRateLimited, "http 402", 1),
    row(faults.status(403), ModelRefused, "http 403", 1),
    row(faults.status(404), ModelRefused, "http 404", 1),
    row(faults.status(422), ModelRefused, "http 422", 1),
    row(faults.status(408), ModelTimeout, "http 408", 2),
    row(faults.status(429), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "0.2"), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "60"), ModelRateLimited, "http 429", 1),
    row(faults.status(429, "soon"), ModelRateLimited, "http 429", 2),
    row(faults.status(429, "nan"), ModelRateLimited, "http 429", 2),
    row(faults.status(500), ModelUnavailable, "http 500", 2),
    row(faults.status(502), ModelUnavailable, "http 502", 2),
    row(faults.status(503), ModelUnavailable, "http 503", 2),
    row(faults.status(503, "60"), ModelUnavailable, "http 503", 1),
    row(faults.status(302), ModelUnavailable, "http 302", 2),
    row(faults.html, ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("null", b"null"), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("not UTF-8", b"\xff{"), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("deep", b"[" * 99_999), ModelUnavailable, "no JSON in the response", 2),
    row(faults.raw_body("huge", b" " * 2_000_001), ModelUnavailable, "response too large", 2),
    row(faults.raw_body("{}", b"{}"), ModelBadOutput, "no choices", 2),
    row(faults.raw_body("odd", b'{"choices":[7]}'), ModelBadOutput, "no choices", 2),
    row(
        faults.raw_body("odd 2", b'{"choices":[{"message":7}]}'), ModelBadOutput, "empty content", 2
    ),
    row(faults.error_object(502), ModelUnavailable, "provider error 502", 2),
    row(faults.error_object(429), ModelRateLimited, "provider error 429", 2),
    row(faults.error_object("408"), ModelTimeout, "provider error 408", 2),
    row(faults.error_object(400), ModelRefused, "provider error 400", 1),
    row(faults.error_object(403), ModelRefused, "provider error 403", 1),
    row(faults.error_object(None), ModelUnavailable, "provider error", 2),
    row(faults.error_object("overloaded"), ModelUnavailable, "provider error", 2),
    row(faults.no_choices, ModelBadOutput, "no choices", 2),
    row(faults.no_content, ModelBadOutput, "empty content", 2),
    row(faults.null_content, ModelBadOutput, "empty content", 2),
    row(faults.empty_content, ModelBadOutput, "empty content", 2),
    row(faults.blank_content, ModelBadOutput, "empty content", 2),
    row(faults.finish("length"), ModelBadOutput, "finish length", 2),
    row(faults.finish("error"), ModelUnavailable, "finish error", 2),
    row(faults.finish("content_filter"), ModelRefused, "the model declines", 1),
    row(faults.refusal(), ModelRefused, "the model declines", 1),
    row(faults.prose_only, ModelBadOutput, "no JSON in the answer", 2),
    row(faults.truncated, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.not_a_number, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.wrong_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.missing_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.extra_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.duplicate_keys, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.out_of_range, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.strings_for_numbers, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.wrong_language, ModelBadOutput, "answer breaks the rules", 2),
    row(faults.names_the_profession("Perawat"), ModelBadOutput, "answer breaks the rules", 2),
    row(faults.stream_without_finish, ModelUnavailable, "no JSON in the response", 2),
    row(faults.stream_error, ModelUnavailable, "no JSON in the response", 2),
    row(faults.stream_without_end, ModelTimeout, "attempt timeout", 2),
    row(faults.stream_reset, ModelUnavailable, "connection failed", 2),
]
RETRIED = [pytest.param(p.values[0], id=p.id) for p in FAILING if p.values[3] == 2]
