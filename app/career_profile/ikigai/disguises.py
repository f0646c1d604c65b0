"""The ways in which a text may be meant to be read: disguised letters, codes, spelled words.

For detection only: what is sent to a model or shown to anybody stays as it was written.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

# Letters of other alphabets that look like the Latin letter beside them.
LOOKALIKES = str.maketrans(
    dict(
        zip(
            "аеорсхуіѕјкмтнвгипԁԛԝһӏьɑɡıȷɩαοικρτυεηχβγνωμօսհոցᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
            "aeopcxyisjkmthbrundqwhlbagijiaoikptuenxbyvwuouhngabcdefghijklmnoprstuvwyz",
            strict=True,
        )
    )
)
# Letters drawn in boxes and on flags, which NFKC keeps.
BOXED = {
    first + offset: chr(ord("a") + offset)
    for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
    for offset in range(26)
}
BLANKS = re.compile(r"\s{2,}")
LEET = str.maketrans("0134578@$!|", "oieastbasil")
LEET_WORD = re.compile(r"(?<![\w@$])(?=[\w@$!|]*[a-z][0134578@$!|]+[a-z]|[14@$][a-z]{2})[\w@$!|]+")
# Eight letters and more, each on its own: nobody writes prose so.
SPELLED = re.compile(r"(?<!\w)\w(?:[ .\-_*/|,]{1,2}\w){7,}(?!\w)")
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")
HEX = re.compile(r"(?:\b|\\x|0x)(?:[0-9a-fA-F]{2}(?:\s|\\x|:)?){10,}")
PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}|&#\d{2,3};){6,}")
ESCAPE = re.compile(r"\\u00([0-9a-fA-F]{2})|&#(\d{2,3});")
READABLE_SHARE = 0.9
MIN_DECODED = 8
MAX_LAYERS = 2


def fold(text: str) -> str:
    """Lower-case skeleton: without accents, look-alikes as their Latin letters, runs of blanks
    as one.
    """
    bare = text.lower() if text.isascii() else _bare(text)  # ASCII has neither accents nor boxes
    return BLANKS.sub(lambda match: "\n" if "\n" in match[0] else match[0][:1], bare)


def _bare(text: str) -> str:
    boxless = unicodedata.normalize("NFKC", text).translate(BOXED).lower()
    plain = unicodedata.normalize("NFKD", boxless.translate(LOOKALIKES))
    return "".join(char for char in plain if char < "\x80" or unicodedata.category(char) != "Mn")


def readings(text: str) -> tuple[str, ...]:
    """The folded text as it is, without leetspeak, and with spelled-out words joined."""
    plain = fold(text)
    undisguised = LEET_WORD.sub(lambda match: match[0].translate(LEET), plain)
    joined = SPELLED.sub(lambda match: re.sub(r"\W|_", "", match[0]), undisguised)
    return tuple(dict.fromkeys((plain, undisguised, joined)))


def hidden_readings(text: str) -> tuple[str, str]:
    """The folded text backwards and in ROT13: nobody means these but to hide something."""
    plain = fold(text)
    return plain[::-1], codecs.encode(plain, "rot13")


def spelled_words(text: str) -> list[str]:
    """Runs of letters that were written one by one, joined."""
    return [re.sub(r"\W|_", "", match[0]) for match in SPELLED.finditer(fold(text))]


def encoded_parts(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and decoded text of every readable base64, hex or escaped part."""
    for pattern, decode in ((BASE64, _from_base64), (HEX, _from_hex), (PERCENT, _from_escapes)):
        for match in pattern.finditer(text):
            decoded = _peel(decode(match[0]))
            if decoded is not None:
                yield match.start(), match.end(), decoded


def _peel(decoded: str | None, layer: int = 1) -> str | None:
    """What an encoded text within the encoded text says."""
    if decoded is None or layer >= MAX_LAYERS:
        return decoded
    inner = BASE64.fullmatch(decoded.strip())
    return (inner and _from_base64(inner[0])) or decoded


def _from_base64(part: str) -> str | None:
    bare = part.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _from_hex(part: str) -> str | None:
    digits = re.sub(r"\\x|0x|[\s:]", "", part)
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _from_escapes(part: str) -> str | None:
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16) if match[1] else int(match[2])), part)
    return _readable(unquote(plain).encode())


def _readable(raw: bytes) -> str | None:
    text = raw.decode("utf-8", errors="replace")
    shown = sum(char.isalnum() or char in " .,:;=!?{}[]\"'()_-\n/" for char in text)
    good = len(text) >= MIN_DECODED and shown >= READABLE_SHARE * len(text)
    return text if good and any(char.isalpha() for char in text) else None
