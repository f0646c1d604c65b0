"""Every fault x every use of the model: what it comes to, after how many HTTP attempts.

The table of docs/model-gateway.md is this one: `python -m tests.llm.faults_by_use` prints it.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.llm.uses import NAMED
from tests.support import sim_faults as faults
from tests.support.sim_comments import blank_lines, comment_lines
from tests.support.sim_faults import Behaviour

COLUMNS: Final = ("content", "scoring", "narrative", "personality")


class Row(NamedTuple):
    """`what` is the fault's name for a reader; a cell is an outcome and its HTTP attempts.

    The fault goes on for ever; None: nobody listens.
    """

    what: str
    fault: Behaviour | None
    content: str
    scoring: str
    narrative: str
    personality: str

    @property
    def cells(self) -> dict[str, str]:
        return dict(zip(COLUMNS, self[2:], strict=True))


def by_rule(what: str, fault: Behaviour | None, attempts: int) -> Row:
    """Nothing usable comes: all is done by rule."""
    return Row(
        what,
        fault,
        f"fallback, {attempts}",
        f"failed, {attempts}",
        f"fallback, {attempts}",
        f"fallback, {attempts}",
    )


def answered(what: str, fault: Behaviour) -> Row:
    """Forgiven: the first attempt brings a good answer."""
    return Row(what, fault, "model, 1", "judged, 1", "model, 1", "model, 1")


ROWS: Final = (
    by_rule("connection refused", None, 2),
    by_rule("connection closed without an answer", faults.hang_up, 2),
    by_rule("connection reset", faults.reset, 2),
    by_rule("closed in the middle of the body", faults.hang_up_mid_body, 2),
    by_rule("reset in the middle of the body", faults.reset_mid_body, 2),
    by_rule("a byte now and then", faults.slow_drip(), 2),
    by_rule("hangs before the headers", faults.hang_before_headers, 2),
    by_rule("hangs in the middle of the body", faults.hang_mid_body, 2),
    by_rule("answers later than the attempt may take", faults.latency(5.0), 2),
    by_rule("400", faults.status(400), 1),
    by_rule("401 (no next key)", faults.status(401), 1),
    by_rule("402", faults.status(402), 1),
    by_rule("402, Retry-After that fits", faults.status(402, "0.1"), 2),
    by_rule("402, Retry-After beyond the deadline", faults.status(402, "60"), 1),
    by_rule("403", faults.status(403), 1),
    by_rule("404", faults.status(404), 1),
    by_rule("408", faults.status(408), 2),
    by_rule("429", faults.status(429), 2),
    by_rule("429, Retry-After that fits", faults.status(429, "0.1"), 2),
    by_rule("429, Retry-After beyond the deadline", faults.status(429, "60"), 1),
    by_rule("500", faults.status(500), 2),
    by_rule("502", faults.status(502), 2),
    by_rule("503", faults.status(503), 2),
    by_rule("503, Retry-After beyond the deadline", faults.status(503, "60"), 1),
    by_rule("200 with HTML", faults.html, 2),
    by_rule("200 with a body of 2 MB", faults.raw_body("huge", b" " * 2_000_001), 2),
    by_rule("200 with error object 502", faults.error_object(502), 2),
    by_rule("200 with error object 429", faults.error_object(429), 2),
    by_rule("200 with error object 403", faults.error_object(403), 1),
    by_rule("200 with error object without a code", faults.error_object(None), 2),
    by_rule("no choices", faults.no_choices, 2),
    by_rule("empty content", faults.empty_content, 2),
    by_rule("null content", faults.null_content, 2),
    by_rule("finish_reason length", faults.finish("length"), 2),
    by_rule("finish_reason error", faults.finish("error"), 2),
    by_rule("the model declines", faults.refusal(), 1),
    by_rule("prose only", faults.prose_only, 2),
    answered("JSON in a code fence", faults.fenced),
    answered("prose around the JSON", faults.in_prose),
    answered("Python literals", faults.python_literals),
    answered("another model answers", faults.wrong_model()),
    answered("no usage", faults.no_usage),
    answered("blank lines before the JSON", blank_lines),
    by_rule("comment lines before the JSON", comment_lines, 2),
    by_rule("stream: error in the middle", faults.stream_error, 2),
    by_rule("stream: never ends", faults.stream_without_end, 2),
    by_rule("stream: ends without a finish", faults.stream_without_finish, 2),
    Row(
        "truncated JSON",
        faults.truncated,
        "model and fallback, 2",  # what is whole is taken, the rest asked for again
        "judged in part, 4",
        "fallback, 2",
        "fallback, 2",
    ),
    Row(
        "NaN for the first number",
        faults.not_a_number,
        "model and fallback, 2",  # a repair for the profession whose id it was
        "judged in part, 3",
        "fallback, 2",
        "model, 1",  # it has no number
    ),
    by_rule("wrong keys", faults.wrong_keys, 2),
    by_rule("missing keys", faults.missing_keys, 2),
    answered("extra keys", faults.extra_keys),
    by_rule("duplicate keys", faults.duplicate_keys, 2),
    Row(
        "numbers out of range",
        faults.out_of_range,
        "fallback, 2",
        "failed, 2",
        "fallback, 2",
        "model, 1",
    ),
    Row(
        "strings for numbers",
        faults.strings_for_numbers,
        "fallback, 2",
        "failed, 2",
        "fallback, 2",
        "model, 1",
    ),
    Row(
        "another language",
        faults.wrong_language,
        "fallback, 2",
        "judged, 1",  # it has no prose
        "fallback, 2",
        "fallback, 2",
    ),
    Row(
        "names the profession",
        faults.names_the_profession(NAMED),
        "model and fallback, 2",  # a repair for the one that is named
        "judged, 1",
        "fallback, 2",
        "fallback, 2",
    ),
)


def table() -> Iterator[str]:
    """The rows in Markdown."""
    yield f"| fault | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for row in ROWS:
        yield f"| {row.what} | {' | '.join(row.cells.values())} |"


if __name__ == "__main__":
    print("\n".join(table()))
