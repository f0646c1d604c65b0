"""Leases across processes: one holder, who keeps it while at work and loses it when dead."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.core.redis import RedisLink
from app.core.work_leases import FAILED, Leases
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer

SHORT_S = 0.6


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():  # noqa: ASYNC110 - time alone brings it about
            await asyncio.sleep(0.01)


class TestWithoutRedis:
    async def test_everything_is_ours(self) -> None:
        first, second = await Leases(None).take(["a", "b"]), await Leases(None).take(["a"])
        assert (first.names, first.others) == (("a", "b"), {})
        assert (second.names, second.others) == (("a",), {})
        async with first:
            assert await Leases(None).holders(["a"]) == {}

    async def test_nobody_listens(self) -> None:
        link = RedisLink(f"redis://127.0.0.1:{own_port()}/0")
        leases = Leases(link)
        lease = await leases.take(["a"])
        assert lease.names == ("a",)
        assert await leases.holders(["a"]) is None
        async with lease:
            lease.fail("a")
        await link.aclose()


@pytest.mark.slow
class TestAcrossProcesses:
    @pytest.fixture
    async def links(self, redis_server: RedisServer) -> AsyncIterator[list[RedisLink]]:
        """Two processes' ways to one Redis."""
        found = [RedisLink(redis_server.url) for _ in range(2)]
        yield found
        for link in found:
            await link.aclose()

    async def test_the_second_gets_what_is_free(self, links: list[RedisLink]) -> None:
        one, two = (Leases(link) for link in links)
        first = await one.take(["a", "b"])
        second = await two.take(["b", "c"])
        assert first.names == ("a", "b")
        assert second.names == ("c",)
        assert second.others.keys() == {"b"}
        assert (await two.holders(["b"])) == second.others

    async def test_free_again_after_the_block(self, links: list[RedisLink]) -> None:
        one, two = (Leases(link) for link in links)
        async with await one.take(["a"]):
            assert (await two.take(["a"])).names == ()
        assert await two.holders(["a"]) == {}
        assert (await two.take(["a"])).names == ("a",)

    async def test_free_again_when_the_work_fails_unforeseen(self, links: list[RedisLink]) -> None:
        one, two = (Leases(link) for link in links)
        with pytest.raises(KeyError):
            async with await one.take(["a"]):
                raise KeyError
        assert await two.holders(["a"]) == {}

    async def test_failed_is_seen_by_who_waits_and_no_hindrance_to_who_comes(
        self, links: list[RedisLink], redis_server: RedisServer
    ) -> None:
        one, two = (Leases(link) for link in links)
        lease = await one.take(["a", "b"])
        async with lease:
            lease.fail("a")
        assert await two.holders(["a", "b"]) == {"a": FAILED}
        assert 0 < int(redis_server.command("PTTL", "lease:a")[1:]) <= 2000
        assert (await two.take(["a", "b"])).names == ("a", "b")

    async def test_kept_while_at_work_however_long(self, links: list[RedisLink]) -> None:
        one, two = Leases(links[0], SHORT_S), Leases(links[1], SHORT_S)
        async with await one.take(["a"]):
            for _ in range(10):
                await asyncio.sleep(SHORT_S / 3)
                assert (await two.take(["a"])).names == ()

    async def test_a_dead_holder_is_followed(self, links: list[RedisLink]) -> None:
        one, two = Leases(links[0], SHORT_S), Leases(links[1], SHORT_S)
        await one.take(["a"])  # and nobody renews it

        async def is_taken() -> bool:
            return (await two.take(["a"])).names == ("a",)

        assert not await is_taken()
        await until(is_taken)

    async def test_who_comes_back_late_leaves_the_new_holder_alone(
        self, links: list[RedisLink], redis_server: RedisServer
    ) -> None:
        one, two = Leases(links[0]), Leases(links[1])
        lost = await one.take(["a", "b"])
        async with lost:
            redis_server.command("DEL", "lease:a", "lease:b")
            taken = await two.take(["a", "b"])
            lost.fail("b")
        holders = await one.holders(["a", "b"])
        assert taken.names == ("a", "b")
        assert holders is not None
        assert len(set(holders.values()) - {FAILED}) == 1
        assert holders.keys() == {"a", "b"}
