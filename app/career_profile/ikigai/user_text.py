"""A user's text before it leaves the process: normalised, bounded, without personal data."""

import re
import unicodedata

from app.career_profile.ikigai.dimensions import MAX_TEXT_CHARS

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# 9 to 16 digits, perhaps parted by spaces, dots or dashes: phone, NIK, account and card numbers.
LONG_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[ .\-]?\d){8,15}(?!\w)")
KEPT_CONTROLS = "\n"


def normalise(text: str) -> str:
    """NFKC, without control and invisible characters, at most 2,000 characters, trimmed."""
    composed = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\t", " "))
    visible = (
        char
        for char in composed
        if char in KEPT_CONTROLS or not unicodedata.category(char).startswith("C")
    )
    return "".join(visible)[:MAX_TEXT_CHARS].strip()


def mask_personal_data(text: str) -> str:
    """E-mail addresses, phone and identity numbers become placeholders."""
    return LONG_NUMBER.sub("[nomor]", EMAIL.sub("[email]", text))


def ready_for_model(text: str) -> str:
    return mask_personal_data(normalise(text))
