"""Counting: fixed windows that begin with a caller's first request, in memory and in Redis."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from limits import parse
from pydantic import ValidationError

from app.core.client_address import client_address, parse_networks
from app.core.rate_limits import Limit, MemoryCounter, Quota, RateLimiter, RedisCounter
from app.core.redis import RedisLink
from app.core.settings import Settings
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer

START = Limit.IKIGAI_START
CONTENT = Limit.IKIGAI_CONTENT
RULES = {START: parse("3/hour"), CONTENT: parse("5 per 2 minutes")}


class FakeTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def limiter(clock: FakeTime) -> RateLimiter:
    return RateLimiter(RULES, None, MemoryCounter(timer=clock))


class TestInMemory:
    async def test_up_to_the_limit_and_beyond(self, limiter: RateLimiter) -> None:
        found = [await limiter.hit(START, "rani") for _ in range(5)]
        assert [quota.is_exceeded for quota in found] == [False] * 3 + [True] * 2
        assert [dict(quota.headers())[b"ratelimit-remaining"] for quota in found] == [
            b"2",
            b"1",
            b"0",
            b"0",
            b"0",
        ]

    async def test_refused_requests_do_not_lengthen_the_window(
        self, limiter: RateLimiter, clock: FakeTime
    ) -> None:
        await limiter.hit(START, "rani")
        for moment, left in ((1100.0, 3500), (2800.5, 1800), (4599.9, 1)):
            clock.now = moment
            found = [await limiter.hit(START, "rani") for _ in range(4)]
            assert found[-1].is_exceeded
            assert found[-1].reset_s == left
        clock.now = 4600.0
        assert await limiter.hit(START, "rani") == Quota(3, 1, 3600)

    async def test_the_window_begins_with_the_first_request(
        self, limiter: RateLimiter, clock: FakeTime
    ) -> None:
        assert (await limiter.hit(CONTENT, "rani")).reset_s == 120
        clock.now += 100.5
        assert (await limiter.hit(CONTENT, "rani")).reset_s == 20

    async def test_callers_and_routes_are_counted_apart(self, limiter: RateLimiter) -> None:
        for _ in range(4):
            await limiter.hit(START, "rani")
        assert (await limiter.hit(START, "budi")).used == 1
        assert (await limiter.hit(CONTENT, "rani")).used == 1

    async def test_bounded(self, clock: FakeTime) -> None:
        counter = MemoryCounter(max_windows=100, timer=clock)
        for number in range(1000):
            counter.hit(f"caller {number}", 60)
        assert counter.hit("caller 999", 60)[0] == 2
        assert counter.hit("caller 0", 60)[0] == 1


@pytest.fixture
async def link(redis_server: RedisServer) -> AsyncIterator[RedisLink]:
    found = RedisLink(redis_server.url, probe_interval_s=0.02)
    yield found
    await found.aclose()


@pytest.mark.slow
class TestInRedis:
    async def test_shared_by_processes(self, redis_server: RedisServer, link: RedisLink) -> None:
        other_link = RedisLink(redis_server.url)
        one, other = (RateLimiter(RULES, RedisCounter(found)) for found in (link, other_link))
        found = [await limiter.hit(START, "rani") for limiter in (one, other, one, other)]
        assert [quota.used for quota in found] == [1, 2, 3, 4]
        assert found[-1].is_exceeded
        await other_link.aclose()

    async def test_at_once(self, link: RedisLink) -> None:
        limiter = RateLimiter(RULES, RedisCounter(link))
        found = await asyncio.gather(*(limiter.hit(START, "rani") for _ in range(50)))
        assert sorted(quota.used for quota in found) == list(range(1, 51))

    async def test_the_window_ends(self, redis_server: RedisServer, link: RedisLink) -> None:
        limiter = RateLimiter(RULES, RedisCounter(link))
        assert (await limiter.hit(START, "rani")).reset_s == 3600
        redis_server.command("PEXPIRE", "rate_limit:ikigai_start:3600:rani", "90500")
        assert (await limiter.hit(START, "rani")).reset_s in {90, 91}
        redis_server.command("DEL", "rate_limit:ikigai_start:3600:rani")
        assert await limiter.hit(START, "rani") == Quota(3, 1, 3600)

    async def test_a_count_never_stays_for_ever(
        self, redis_server: RedisServer, link: RedisLink
    ) -> None:
        limiter = RateLimiter(RULES, RedisCounter(link))
        await limiter.hit(START, "rani")
        redis_server.command("PERSIST", "rate_limit:ikigai_start:3600:rani")
        assert await limiter.hit(START, "rani") == Quota(3, 2, 3600)
        ttl = redis_server.command("TTL", "rate_limit:ikigai_start:3600:rani")
        assert 3500 < int(ttl[1:]) <= 3600

    async def test_a_restarted_redis_that_knows_no_script(
        self, redis_server: RedisServer, link: RedisLink
    ) -> None:
        limiter = RateLimiter(RULES, RedisCounter(link))
        await limiter.hit(START, "rani")
        redis_server.command("SCRIPT", "FLUSH")
        assert (await limiter.hit(START, "rani")).used == 2


class TestWhileRedisIsAway:
    async def test_this_process_counts(self) -> None:
        link = RedisLink(f"redis://127.0.0.1:{own_port()}/0")
        limiter = RateLimiter(RULES, RedisCounter(link))
        found = [await limiter.hit(START, "rani") for _ in range(4)]
        assert [quota.is_exceeded for quota in found] == [False, False, False, True]
        await link.aclose()


TRUSTED = parse_networks(["10.0.0.0/8", "192.0.2.7", "2001:db8:ff::/48"])


class TestClientAddress:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "expected"),
        [
            ("203.0.113.5", [], "203.0.113.5"),
            ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
            ("10.1.2.3", [], "10.1.2.3"),
            ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", ["1.1.1.1", "198.51.100.1,192.0.2.7"], "198.51.100.1"),
            ("10.1.2.3", ["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
            ("10.1.2.3", ["198.51.100.1:4711"], "198.51.100.1"),
            ("10.1.2.3", ["198.51.100.1, unknown"], "10.1.2.3"),
            ("10.1.2.3", [""], "10.1.2.3"),
            ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
            ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", [], "2001:db8:1:2::/64"),
            ("2001:db8:ff::1", ["[2001:db8:7::1]:443"], "2001:db8:7::/64"),
            (None, ["198.51.100.1"], "unknown"),
            ("/run/socket", ["198.51.100.1"], "unknown"),
        ],
    )
    def test_only_trusted_proxies_are_believed(
        self, peer: str | None, forwarded: list[str], expected: str
    ) -> None:
        assert client_address(peer, forwarded, TRUSTED) == expected


class TestSettings:
    def test_every_limit_has_a_setting_and_no_other(self) -> None:
        names = {name for name in Settings.model_fields if name.startswith("rate_limit_")}
        names.add("rate_limit_free_model")  # of FREE_MODEL_RATE_LIMIT_PER_MINUTE
        assert names == {f"rate_limit_{limit}" for limit in Limit}

    @pytest.mark.parametrize("text", ["10/hour", "1/second", "5 per 2 minutes", "100/day"])
    def test_a_limit(self, text: str) -> None:
        assert Settings(_env_file=None, rate_limit_export=text).rate_limit_export == text

    @pytest.mark.parametrize(
        "changes",
        [
            *({"rate_limit_export": text} for text in ("", "ten/hour", "0/hour", "-1/hour")),
            *({"rate_limit_export": text} for text in ("10", "10/fortnight", "1/second;5/hour")),
            *({"trusted_proxies": text} for text in ("proxy", "10.0.0.0/33", "10.0.0.1 10.0.0.2")),
            *({"redis_url": text} for text in ("localhost:6379", "http://x", "redis://h:port/0")),
            {"redis_port": 0},
        ],
        ids=str,
    )
    def test_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValidationError) as caught:
            Settings(_env_file=None, **changes)
        assert [error["loc"] for error in caught.value.errors()] == [(next(iter(changes)),)]

    def test_redis_by_parts(self) -> None:
        settings = Settings(_env_file=None, redis_host="cache", redis_password="p@ss/:1")
        assert settings.redis_dsn() == "redis://:p%40ss%2F%3A1@cache:6379/0"

    def test_the_url_wins(self) -> None:
        settings = Settings(_env_file=None, redis_url="redis://one/1", redis_host="two")
        assert settings.redis_dsn() == "redis://one/1"
        assert "redis://one" not in repr(settings)

    def test_no_redis(self) -> None:
        assert Settings(_env_file=None).redis_dsn() is None
