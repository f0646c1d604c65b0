"""Cleaning of texts that a model wrote."""

import unicodedata


def one_clean_line(text: object) -> str:
    """The text on one line without control characters and lone surrogates; "" for no text."""
    if not isinstance(text, str):
        return ""
    if text.isprintable():  # as most are: no control, no surrogate, no space but the usual one
        return " ".join(text.split())
    visible = (
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs", "Cf"}
    )
    return " ".join("".join(visible).split())
