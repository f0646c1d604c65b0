"""Server-sent events: the same events wherever the bytes are cut."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.openrouter_events import ServerSentEvents, StreamReading
from app.llm.port import Message

SENT = (
    b": OPENROUTER PROCESSING\n\n"
    b'data: {"a": 1}\n\n'
    b"event: x\r\nid: 7\r\ndata:no space\r\n\r\n"
    b"data: two\ndata: lines\n\n"
    b"retry: 10\n\n"
    b": data: none\n\n"
    b"data: \xf0\x9f\x91\x8d\n\n"
    b"data: the last"
)
EVENTS = [b'{"a": 1}', b"no space", b"two\nlines", "👍".encode(), b"the last"]


def read(pieces: Iterable[bytes]) -> list[bytes]:
    events = ServerSentEvents()
    found = [data for piece in pieces for data in events.feed(piece)]
    return found + list(events.end())


class TestServerSentEvents:
    def test_whole(self) -> None:
        assert read([SENT]) == EVENTS

    def test_byte_by_byte(self) -> None:
        assert read(bytes([byte]) for byte in SENT) == EVENTS

    @given(st.lists(st.integers(0, len(SENT)), max_size=12))
    def test_cut_anywhere(self, cuts: list[int]) -> None:
        places = [0, *sorted(cuts), len(SENT)]
        assert read(SENT[a:b] for a, b in pairwise(places)) == EVENTS

    def test_an_event_is_there_with_its_blank_line(self) -> None:
        events = ServerSentEvents()
        assert list(events.feed(b"data: a\n")) == []
        assert list(events.feed(b"\ndata: b")) == [b"a"]


class TestReading:
    @given(st.text(), st.lists(st.integers(0, 4000), max_size=8))
    def test_any_text_comes_through_as_it_can_be_stored(self, text: str, cuts: list[int]) -> None:
        body = b"".join(
            b"data: " + json.dumps({"choices": [{"delta": {"content": part}}]}).encode() + b"\n\n"
            for part in ("Halo ", text)
        )
        places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
        reading = StreamReading("sim/chat")
        reading.begin(200, {"content-type": "text/event-stream"})
        said = [reading.feed(body[a:b]) for a, b in pairwise(places)]
        said.append(reading.end())
        assert "".join(said) == reading.text == "Halo " + text.replace("\0", "")
        reading.text.encode()

    @pytest.mark.parametrize(
        "envelope",
        ["7", "[]", '{"choices":7}', '{"choices":[{"delta":[]}]}', '{"usage":"x"}', "{}"],
    )
    def test_odd_envelopes_break_nothing(self, envelope: str) -> None:
        reading = StreamReading("sim/chat")
        reading.begin(200, {"content-type": "text/event-stream; charset=utf-8"})
        assert reading.feed(f"data: {envelope}\n\n".encode()) == reading.end() == ""
        assert reading.usage((Message("user", "Halo"),)).prompt_tokens == 0
