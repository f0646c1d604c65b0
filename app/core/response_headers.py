"""What every answer tells the browser or proxy that receives it (OWASP REST Security, ASVS 5 V3.4).

HSTS is said where TLS ends, by the proxy in front.
"""

Headers = list[tuple[bytes, bytes]]

EVERY_ANSWER = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
# An answer of the interface is data: nothing in it may load, run or be framed.
DATA_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
)
# /docs is the one page. Its start is an inline script, its styles are partly inline; all else is
# served by us, and no text of a user appears on it.
PAGE_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    b" frame-ancestors 'none'",
)
NOT_KEPT = (b"cache-control", b"no-store")
EVENT_STREAM = b"text/event-stream"
OF_DATA = [*EVERY_ANSWER, DATA_POLICY]
OF_A_PAGE = [*EVERY_ANSWER, PAGE_POLICY]


def protected(headers: Headers) -> Headers:
    """With the protective headers; an answer with no word on caching is personal and not kept."""
    says_how_long = is_page = False
    for name, value in headers:
        if name in (b"cache-control", b"etag"):
            says_how_long = True
        elif name == b"content-type":
            is_page = value.startswith(b"text/html")
    headers = headers + (OF_A_PAGE if is_page else OF_DATA)
    return headers if says_how_long else [*headers, NOT_KEPT]


def is_event_stream(headers: Headers) -> bool:
    return any(
        name == b"content-type" and value.startswith(EVENT_STREAM) for name, value in headers
    )
