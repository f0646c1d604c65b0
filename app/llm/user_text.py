"""A user's text before it leaves the process: normalised, bounded, without personal data."""

import re
import unicodedata
from typing import Final

MAX_CHARS: Final = 2000
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+ ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
# 9 digits or more, however they are parted: phone, identity, account and card numbers.
LONG_NUMBER = re.compile(r"\+?\(?\d(?:[ .,:_~=\-\u2010-\u2015/()]{0,3}\d){8,}")
# What only looks like one: amounts with thousands (500.000 - 1.000.000) and school years.
AMOUNTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:[ \-\u2010-\u2015]+[1-9]\d{0,2}(?:\.\d{3})+)*")
YEARS = re.compile(r"(?:19|20)\d\d(?:[ ,\-\u2010-\u2015/]+(?:19|20)\d\d)+")
KEPT_CONTROLS = "\n"
# Runs that could be taken for the frame around a text: marker, fence, heading, rule.
FRAME = re.compile(r"([<>=`#~|*_-])\1{2,}")
# Letters and marks by category, but drawn as nothing: whole messages have been hidden in them.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def normalise(text: str, max_chars: int = MAX_CHARS) -> str:
    """NFKC, without control and invisible characters, at most `max_chars` characters, trimmed."""
    lines = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    if lines.isascii() and lines.replace("\n", "").isprintable():  # as most are: nothing to do
        return lines[:max_chars].strip()
    visible = (
        char
        for char in INVISIBLE.sub("", unicodedata.normalize("NFKC", lines))
        if char in KEPT_CONTROLS or not unicodedata.category(char).startswith("C")
    )
    return "".join(visible)[:max_chars].strip()


def mask_personal_data(text: str) -> str:
    """E-mail addresses, phone and identity numbers become placeholders."""
    return LONG_NUMBER.sub(_mask_number, EMAIL.sub("[email]", text))


def _mask_number(found: re.Match[str]) -> str:
    number = found.group()
    harmless = AMOUNTS.fullmatch(number) or YEARS.fullmatch(number)
    return number if harmless else "[nomor]"


def flatten_frames(text: str) -> str:
    """Nothing in the text looks like the markers around it: long runs of a sign become one."""
    return FRAME.sub(r"\1", text)


def ready_for_model(text: str, max_chars: int = MAX_CHARS) -> str:
    """Normalised, without look-alikes of a frame, without personal data."""
    return mask_personal_data(flatten_frames(normalise(text, max_chars)))
