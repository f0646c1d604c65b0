"""How often a caller may use a route: fixed windows, counted in Redis or in this process."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItem, parse

from app.core.redis import RedisLink, RedisUnavailable
from app.core.settings import Settings

MAX_WINDOWS = 20_000  # about 5 MB: those of two thousand journeys; more people want a Redis

# Counts a request and tells the window's rest in ms; a window begins with its first request.
COUNT = b"""
local hits = redis.call('INCR', KEYS[1])
local rest = redis.call('PTTL', KEYS[1])
if rest < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  rest = tonumber(ARGV[1])
end
return {hits, rest}
"""


class Limit(StrEnum):
    """Every limited route; the setting of each is RATE_LIMIT_ and its name."""

    RECOMMENDATION_START = "recommendation_start"
    FIT_CHECK_START = "fit_check_start"
    RIASEC_QUESTIONS = "riasec_questions"
    SESSION_QUESTIONS = "session_questions"
    RIASEC_SUBMIT = "riasec_submit"
    RIASEC_RESULT = "riasec_result"
    IKIGAI_START = "ikigai_start"
    IKIGAI_CONTENT = "ikigai_content"
    IKIGAI_SUBMIT_DIMENSION = "ikigai_submit_dimension"
    IKIGAI_FINALIZE = "ikigai_finalize"
    IKIGAI_DIMENSIONS = "ikigai_dimensions"
    IKIGAI_RESULT = "ikigai_result"
    RECOMMENDATION_RESULT = "recommendation_result"
    FIT_CHECK_RESULT = "fit_check_result"
    PERSONALITY_RESULT = "personality_result"
    SESSION_LIST = "session_list"
    SESSION_PROGRESS = "session_progress"
    EXPORT = "export"
    DELETE_SESSION = "delete_session"
    DELETE_ALL = "delete_all"
    CHAT_MESSAGE = "messages_per_hour"
    CHAT_CONVERSATION_CREATE = "conversations_per_day"
    CHAT_CONVERSATION_LIST = "chat_conversation_list"
    CHAT_CONVERSATION_READ = "chat_conversation_read"
    CHAT_CONVERSATION_UPDATE = "chat_conversation_update"
    CHAT_CONVERSATION_DELETE = "chat_conversation_delete"
    CHAT_MESSAGE_LIST = "chat_message_list"
    CHAT_SUGGESTIONS = "chat_suggestions"
    CHAT_ASSESSMENT_READY = "chat_assessment_ready"
    CHAT_INITIALIZE = "chat_initialize"
    CHAT_USAGE = "chat_usage"
    CHAT_ERASE = "chat_erase"
    NOTIFICATION_LIST = "notification_list"
    NOTIFICATION_STREAM = "notification_stream"
    FREE_MODEL = "free_model"  # calls, not requests; FREE_MODEL_RATE_LIMIT_PER_MINUTE


QUOTA_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
RAW_HEADERS = [name.lower().encode() for name in QUOTA_HEADERS]


@dataclass(frozen=True, slots=True)
class Quota:
    """Where a caller stands after a request: `used` counts it, and refused ones too."""

    limit: int
    used: int
    reset_s: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As a server sends them; reset in seconds from now, as the IETF draft has it."""
        values = (self.limit, max(0, self.limit - self.used), self.reset_s)
        return [(name, b"%d" % value) for name, value in zip(RAW_HEADERS, values, strict=True)]


@dataclass(slots=True)
class Window:
    ends_at: float
    hits: int = 0


class MemoryCounter:
    """Windows of this process, bounded: beyond `max_windows` those idle longest are forgotten."""

    def __init__(
        self, max_windows: int = MAX_WINDOWS, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_windows = max_windows
        self._timer = timer
        self._windows: OrderedDict[str, Window] = OrderedDict()  # used last, stands last

    def hit(self, key: str, window_s: float) -> tuple[int, float]:
        """Requests of the window including this one, and the seconds until it ends."""
        now = self._timer()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            window = self._windows[key] = Window(now + window_s)
            if len(self._windows) > self._max_windows:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        window.hits += 1
        return window.hits, window.ends_at - now


class RedisCounter:
    """Windows that all processes share, in one round trip a hit."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis

    async def hit(self, key: str, window_s: float) -> tuple[int, float]:
        """As `MemoryCounter.hit`; raises RedisUnavailable."""
        hits, rest_ms = await self._redis.run("EVAL", COUNT, 1, key, round(window_s * 1000))
        return int(hits), int(rest_ms) / 1000


class RateLimiter:
    """Counts requests by limit and subject; while Redis is away, those of this process."""

    def __init__(
        self,
        rules: Mapping[Limit, RateLimitItem],
        shared: RedisCounter | None,
        own: MemoryCounter | None = None,
    ) -> None:
        self._rules = rules
        self._shared = shared
        self._own = own or MemoryCounter()

    async def hit(self, limit: Limit, subject: str) -> Quota:
        """Count a request of `subject`, whether it will be refused or not."""
        rule = self._rules[limit]
        window_s = rule.get_expiry()
        used, rest_s = await self._count(f"rate_limit:{limit}:{window_s}:{subject}", window_s)
        # Rounded first: a fresh window of 3600 s must not have 3600.0000001 left.
        return Quota(rule.amount, used, max(1, math.ceil(round(rest_s, 3))))

    async def _count(self, key: str, window_s: float) -> tuple[int, float]:
        if self._shared is not None:
            with suppress(RedisUnavailable):
                return await self._shared.hit(key, window_s)
        return self._own.hit(key, window_s)


def keys_of(subject: str) -> str:
    """The pattern of the keys under which Redis counts this subject, whatever the settings."""
    return f"rate_limit:*:{subject}"


def make_limiter(settings: Settings, redis: RedisLink | None) -> RateLimiter:
    """The configured limits; their texts were checked when the settings were read."""
    rules = {limit: parse(getattr(settings, f"rate_limit_{limit}")) for limit in Limit}
    return RateLimiter(rules, None if redis is None else RedisCounter(redis))
