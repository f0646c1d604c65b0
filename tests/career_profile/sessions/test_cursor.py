"""The opaque place in the list of runs."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.career_profile.sessions.cursor import MAX_BIGINT, Position, decode, encode

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31))  # noqa: DTZ001 - hypothesis adds the zone


def packed(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


class TestCursor:
    @given(MOMENTS, st.integers(1, MAX_BIGINT))
    def test_comes_back_to_the_microsecond(self, moment: datetime, session_id: int) -> None:
        position = Position(moment.replace(tzinfo=UTC), session_id)
        assert decode(encode(position)) == position

    @given(st.text(max_size=40))
    def test_any_other_text_is_refused_or_means_what_it_says(self, text: str) -> None:
        try:
            position = decode(text)
        except ValueError:
            return
        assert encode(position) == text

    @pytest.mark.parametrize(
        "plain",
        b"|1|1.|.1|a.b|1.0|1.-1|1.9223372036854775808|1 .1|1_0.1|+1.1|01.1|1.1.1|\xff\xfe|"
        b"9999999999999999999999.1|99999999999999999999.1".split(b"|"),
    )
    def test_forged(self, plain: bytes) -> None:
        with pytest.raises(ValueError, match="halaman"):
            decode(packed(plain))
