"""What the hostile sends: bodies, values, parameters, and bytes that are no HTTP."""

import gzip
import json
import secrets
from typing import Any

from tests.support.player import API

MARK = f"tanda{secrets.token_hex(6)}"  # what must never come into a log line
MIB = 1024 * 1024
JSON_KIND = "application/json"

UNREADABLE = {
    "nothing but NUL": b"\x00" * 1000,
    "raw NUL": b'{"persona_type": "a\x00b"}',
    "raw newline in a string": b'{"persona_type": "a\nb"}',
    "invalid UTF-8": b'{"persona_type": "\xff\xfe"}',
    "overlong UTF-8": b'{"persona_type": "\xc0\x80"}',
    "UTF-7": b"+AHsAfQ-",
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets closed": b"[" * 100_000 + b"]" * 100_000,
    "40,000 objects": b'{"a":' * 40_000,
    "integer of 4,301 digits": b'{"a": ' + b"9" * 4_301 + b"}",
    "integer of 250,000 digits": b'{"a": -' + b"9" * 250_000 + b"}",
    "gzip": gzip.compress(b'{"persona_type": "BUILDER"}'),
    "two documents": b"{}{}",
    "half": b'{"persona_type": "',
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}
UNACCEPTABLE = {
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "string": b'"BUILDER"',
    "NaN": b"NaN",
    "-Infinity": b"-Infinity",
    "1e400": b"1e400",
    "10,000 lists": b"[" + b"[]," * 9_999 + b"[]]",
    "8,000 unknown members": json.dumps({f"{MARK}{n}": n for n in range(8_000)}).encode(),
    "a name of 200,000": json.dumps({"a" * 200_000: 1}).encode(),
    "prototype": b'{"__proto__": {"admin": true}, "constructor": 1}',
    "NUL in a name": b'{"a\\u0000b": 1}',
    "surrogate in UTF-8": b'{"persona_type": "\xed\xa0\x80"}',
    "surrogate in a name": b'{"\\ud800": 1}',
    "55 integers of 4,299 digits": b'{"a": [' + b",".join([b"9" * 4_299] * 55) + b"]}",
}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**53, 2**63, 2**64, 10**400, 1.5, 1e308,
    float("nan"), float("inf"), [], [[]], {}, {"$ne": None}, "", " " * 100_000, "a" * 200_000,
    "\x00", f"{MARK}\x00", "\ud800", "\udfff\ud800", "a\r\nSet-Cookie: a=b", "' OR 1=1; --",
    "'; DROP TABLE users; --", "${jndi:ldap://x/a}", "{{7*7}}", "%s%n", "../../etc/passwd",
    "\u202egnirts", "\u200b\u200d\ufeff", "\u2028\u2029", "１２", "NaN", "\x1b[2J",
    ["a"] * 10_000, [{}] * 10_000, [{"question_id": 1, "answer_value": 5}] * 5_000,
)  # fmt: skip
IN_PATH = (
    "%00", "a%00b", "%0d%0aSet-Cookie:%20a=b", "%ED%A0%80", "%FF", "%25", "%2e%2e%2f", "..;",
    "'%20OR%201=1--", "%E2%80%AE", "%1b[2J", "a" * 101, "a" * 20_000, "%" * 9, "\u00e4",
)  # fmt: skip
IN_QUERY = (
    "limit=99999999999999999999", "limit=" + "9" * 5_000, "limit=NaN", "limit=-1", "limit=%00",
    "limit=1&limit=x", "cursor=%00", "cursor=" + "a" * 20_000, "cursor=%ED%A0%80",
    "cursor=eyJhIjoxfQ", "cursor=bnVsbA==", "%00=%00", "&" * 5_000, "a[]=" * 3_000,
)  # fmt: skip
VERBATIM = (
    "Robert'); DROP TABLE ikigai_responses;-- suka data",
    'baris satu\r\n{"event": "request", "status": 200}\nbaris tiga',
    "\u202eterbalik dari kanan ke kiri\u202c dan kembali",
    "jeda\u200btanpa\u200dlebar\ufeff di dalam teks",
    "شغفي بالأرقام والبيانات كبير جدا",
    "👩‍👩‍👧‍👦 keluarga, é dari e\u0301, dan 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "\\u0000 tertulis, \\ud800 juga, %00 dan \\x00",
    "<script>alert(1)</script> &amp; ${7*7} {{7*7}} %s",
)

START = f"POST {API}/recommendation/start HTTP/1.1"
RUNS = f"GET {API}/sessions HTTP/1.1"
JSON_HEADER = "Content-Type: application/json"
CHUNK = b"%x\r\n%s\r\n" % (64 * 1024, b" " * 64 * 1024)
RAW: dict[str, tuple[str, tuple[str, ...], bytes]] = {
    "10 MB declared": (START, (JSON_HEADER, f"Content-Length: {10 * MIB}"), b" " * 10 * MIB),
    "10 MB in chunks": (START, (JSON_HEADER, "Transfer-Encoding: chunked"), CHUNK * 160),
    "length of 5,000 digits": (START, ("Content-Length: " + "9" * 5_000,), b"{}"),
    "negative length": (START, ("Content-Length: -1",), b"{}"),
    "two lengths": (START, ("Content-Length: 2", "Content-Length: 3"), b"{}"),
    "length and chunks": (START, ("Content-Length: 2", "Transfer-Encoding: chunked"), b"{}"),
    "no such chunk": (START, ("Transfer-Encoding: chunked",), b"xyz\r\n\r\n"),
    "packed transfer": (START, ("Transfer-Encoding: gzip, chunked",), b"0\r\n\r\n"),
    "path of 100,000": (f"GET /{'a' * 100_000} HTTP/1.1", (), b""),
    "query of 100,000": (f"GET {API}/sessions?a={'a' * 100_000} HTTP/1.1", (), b""),
    "header of 600,000": (RUNS, ("X-A: " + "a" * 600_000,), b""),
    "50,000 headers": (RUNS, tuple(f"X-{n}: {n}" for n in range(50_000)), b""),
    "NUL in a header": (RUNS, ("X-A: a\x00b",), b""),
    "folded header": (RUNS, ("X-A: a", " b: c"), b""),
    "header without a name": (RUNS, (": a",), b""),
    "TRACE": (RUNS.replace("GET", "TRACE"), (), b""),
    "CONNECT": ("CONNECT 10.0.0.1:22 HTTP/1.1", (), b""),
    "PROPFIND": (RUNS.replace("GET", "PROPFIND"), (), b""),
    "small letters": (RUNS.replace("GET", "get"), (), b""),
    "method with a space": (RUNS.replace("GET", "G ET"), (), b""),
    "no such version": (RUNS.replace("1.1", "9.9"), (), b""),
    "proxy's form": (f"GET http://10.0.0.1{API}/sessions/%00 HTTP/1.1", (), b""),
    "raw bytes in the path": (f"GET {API}/sessions/\xff\xfe HTTP/1.1", (), b""),
    "control characters in the path": (f"GET {API}/sessions/\x01\x1b[2J HTTP/1.1", (), b""),
    "noise": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (), b""),
}
