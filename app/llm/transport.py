"""The HTTP client of the model: aiohttp's connections, without limits of their own.

docs/decisions/0012-model-transport.md has the figures that this rests on.
"""

import ssl
from typing import Final

import aiohttp

CONNECTION_ERRORS: Final = (aiohttp.ClientError, OSError)


def make_session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    """A session without time limits and connection limits of its own, and without retries; it
    keeps no cookies. To be made in the event loop that uses it.

    The adapter's wall clock bounds connecting, sending and reading together, its slots bound
    the connections. Proxies come from the environment, as in httpx, from which `tls` comes.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=True,
    )
