"""The HTTP client of the model: the httpx API over aiohttp's connections.

docs/decisions/0012-model-transport.md has the figures that this rests on.
"""

from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

# httpx-aiohttp translates most of aiohttp's errors, but not those of a malformed response.
CONNECTION_ERRORS: Final = (httpx.RequestError, aiohttp.ClientError)


def make_client() -> httpx.AsyncClient:
    """A client without time limits and connection limits of its own, and without retries.

    The adapter's wall clock bounds connecting, sending and reading together, its slots bound
    the connections. Proxies and certificates come from the environment, as in plain httpx.
    """
    return HttpxAiohttpClient(
        timeout=None,
        # 0 is aiohttp's word for "no limit"; None would be its default of 100.
        limits=httpx.Limits(max_connections=0),
    )
