"""Writes that leave together: nothing is lost, reordered or kept back."""

import asyncio

from app.core.joined_writes import JoinedWrites


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


async def test_one_turn_is_one_write() -> None:
    wire = Wire()
    writes = JoinedWrites(wire, asyncio.get_running_loop())
    writes.write(b"head")
    writes.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"headbody"]
    writes.write(b"more")
    await asyncio.sleep(0)
    assert wire.sent == [b"headbody", b"more"]


async def test_closing_sends_what_is_held() -> None:
    wire = Wire()
    writes = JoinedWrites(wire, asyncio.get_running_loop())
    writes.write(b"last words")
    writes.close()
    assert (wire.sent, wire.is_closed) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last words"]


async def test_everything_else_is_the_transports() -> None:
    wire = Wire()
    assert JoinedWrites(wire, asyncio.get_running_loop()).get_extra_info("peername") == (
        "127.0.0.1",
        1,
    )
