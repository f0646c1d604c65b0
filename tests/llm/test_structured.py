"""What is read out of a model's text, and what is not guessed at."""

import contextlib
import json
import math
import time
from typing import Any

import pytest

from app.llm.structured import MAX_CHARACTERS, parse_json

ANSWER = {"C01": {"k": 0.5, "text": 'Kamu teliti. "Pola" menarik bagimu.'}, "C02": {"k": 1.0}}
JSON = json.dumps(ANSWER)


class TestReadsTheWholeAnswer:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(JSON, id="plain"),
            pytest.param(f"\ufeff\n {JSON} \n", id="byte order mark and blanks"),
            pytest.param(f"```json\n{JSON}\n```", id="fence with a tag"),
            pytest.param(f"```\n{JSON}\n```", id="fence"),
            pytest.param(
                f"Ini jawabannya:\n```json\n{JSON}\n```\nSemoga membantu", id="fence in prose"
            ),
            pytest.param(f"```json\n{JSON}", id="fence never closed"),
            pytest.param(f"Tentu [1], lihat: {JSON} Semoga {{membantu}}!", id="prose around"),
            pytest.param(repr(ANSWER), id="Python literals"),
            pytest.param(JSON.replace("}, ", "} "), id="comma missing"),
            pytest.param(JSON.replace("}}", ",}}"), id="comma too many"),
            pytest.param(JSON[:-1], id="last brace missing"),
            pytest.param(JSON.replace('"C01"', "C01").replace('"k"', "k"), id="bare names"),
            pytest.param(f"hai :{{ ini {JSON}", id="a lone brace in the prose"),
        ],
    )
    def test_forgives(self, text: str) -> None:
        assert parse_json(text) == ANSWER

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
            ('Daftar: [{"a": 1}, {"a": 2}] selesai', [{"a": 1}, {"a": 2}]),
            ("nilai [1, 2]", [1, 2]),
            ("{}", {}),
            ("{'a': [1, 2], 'b': True, 'c': None}", {"a": [1, 2], "b": True, "c": None}),
            ("{'a': [1, 2], 'b': {'c': 1}}", {"a": [1, 2], "b": {"c": 1}}),
        ],
    )
    def test_shapes(self, text: str, value: object) -> None:
        assert parse_json(text) == value

    def test_not_a_number_is_left_to_the_reader(self) -> None:
        read: Any = parse_json('{"a": NaN, "b": Infinity, "c": -Infinity}')
        assert math.isnan(read["a"])
        assert (read["b"], read["c"]) == (math.inf, -math.inf)


class TestDoesNotGuess:
    @pytest.mark.parametrize("wrap", ["{}", "```json\n{}\n```", "Ini: {} ya"])
    def test_a_name_given_twice_is_missing(self, wrap: str) -> None:
        text = '{"a": {"k": 0.1, "k": 0.9}, "b": 1}'
        assert parse_json(wrap.format(text)) == {"a": {"k": None}, "b": 1}

    @pytest.mark.parametrize(
        "text",
        ["{'a': 1, 'a': 2}", "{a: 1, b: {x: 1, x: 2}}", '{"a": 1 "a": 2}', "[{'a': 1, 'a': 2}]"],
    )
    def test_a_name_given_twice_in_damaged_text(self, text: str) -> None:
        with pytest.raises(ValueError, match="no JSON"):
            parse_json(text)

    def test_the_same_name_in_two_damaged_objects(self) -> None:
        assert parse_json("[{'a': 1}, {'a': 2},]") == [{"a": 1}, {"a": 2}]

    def test_a_value_cut_off_is_dropped(self) -> None:
        assert parse_json('{"C01": {"k": 0.85}, "C02": {"k": 0.') == {"C01": {"k": 0.85}}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " \n ",
            "Maaf, saya tidak bisa.",
            '"halo"',
            "5",
            "null",
            "true",
            "NaN",
            "}{",
            "]",
            "```",
            "``````",
            '{"k": 0.8, "s": 0.',
            '{"text": "Kamu senang menc',
            "<html><body>502</body></html>",
        ],
    )
    def test_nothing_usable(self, text: str) -> None:
        with pytest.raises(ValueError, match="no JSON"):
            parse_json(text)

    def test_the_error_holds_nothing_of_the_answer(self) -> None:
        with pytest.raises(ValueError, match="no JSON") as caught:
            parse_json("rahasia {")
        assert "rahasia" not in repr(caught.value)
        assert caught.value.__context__ is None


class TestHostileText:
    def test_longer_than_the_limit(self) -> None:
        with pytest.raises(ValueError, match="too long"):
            parse_json("[" + " " * MAX_CHARACTERS + "]")

    @pytest.mark.parametrize(
        ("head", "unit"),
        [
            ("", "["),
            ("", '{"a":'),
            ("", "{'"),
            ('{"a":', "}{1"),
            ("{'a': {", "{1}"),
            ('{"a":', '["a"]'),
            ('{"a":', '\\"]{)]['),
            ('{"a":', "a:"),
            ('{"a": "', '"'),
        ],
    )
    @pytest.mark.slow
    @pytest.mark.parametrize("size", [12_000, 49_000, 199_000])
    def test_never_holds_the_event_loop_for_long(self, head: str, unit: str, size: int) -> None:
        started = time.process_time()
        with contextlib.suppress(ValueError):
            parse_json(head + unit * (size // len(unit)) + "}")
        assert time.process_time() - started < 3.0

    def test_an_integer_too_long_to_convert(self) -> None:
        with pytest.raises(ValueError, match="no JSON"):
            parse_json("9" * 5000)
