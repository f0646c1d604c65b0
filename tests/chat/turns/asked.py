"""What the simulator was asked in a turn, read as the model would read it."""

import re
from collections.abc import Mapping
from typing import Any

MARKER = re.compile(r"<<<[0-9a-f]{16}>>>")
UNFRAMED = "Data pengguna:\n\n\nPesan pengguna:\n"  # of a question; nothing of a line of history


def rules(body: Mapping[str, Any]) -> str:
    return str(body["messages"][0]["content"])


def framed(text: str) -> list[str]:
    """What stands between markers, in order."""
    return [part.strip("\n") for part in MARKER.split(text)[1::2]]


def question(body: Mapping[str, Any]) -> str:
    """The message that is to be answered."""
    return framed(body["messages"][-1]["content"])[-1]


def about(body: Mapping[str, Any]) -> str:
    return framed(body["messages"][-1]["content"])[0]


def history(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who said what before, oldest first."""
    return [
        (item["role"], framed(item["content"])[0] if item["role"] == "user" else item["content"])
        for item in body["messages"][1:-1]
    ]


def outside_the_frames(body: Mapping[str, Any]) -> list[str]:
    """What no frame holds of the messages that people wrote."""
    told = [item["content"] for item in body["messages"][1:] if item["role"] == "user"]
    return ["".join(MARKER.split(text)[0::2]) for text in told]
