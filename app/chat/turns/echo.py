"""Answers that give the system prompt away. Pure.

An answer may use the prompt's words; TELLING_WORDS of them in a row are a copy. While an answer
streams, what looks like the beginning of a copy is held back, so that its last word is never sent.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

TELLING_WORDS: Final = 12
# So many words in a row happen in honest sentences: holding them back would make every answer
# stutter, and half a copy tells nothing.
USUAL_WORDS: Final = 5
REPLACEMENT: Final = (
    "Maaf, bagian itu tidak bisa kubagikan. Yuk, lanjut ngobrol soal minat, kekuatan, atau rencana"
    " kariermu. Kamu mau mulai dari mana?"
)
WORD: Final = re.compile(r"\w+")

# How many words in a row an answer has just copied, by the place in the prompt that follows them.
Runs = Mapping[int, int]


class Prompt:
    """The words of a prompt, ready to be looked up; letter case and punctuation do not count."""

    def __init__(self, text: str) -> None:
        self._words = [word.lower() for word in WORD.findall(text)]
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._words):
            self._places[word].append(place)

    def follow(self, runs: Runs, word: str) -> Runs:
        """The runs after one more word of the answer."""
        places = self._places.get(word.lower(), ())
        return {place + 1: runs.get(place, 0) + 1 for place in places}

    def is_repeated_in(self, text: str) -> bool:
        """Whether TELLING_WORDS words of the prompt stand in the text in a row."""
        runs: Runs = {}
        for word in WORD.findall(text):
            runs = self.follow(runs, word)
            if _longest(runs) >= TELLING_WORDS:
                return True
        return False


class EchoGuard:
    """Lets an answer through piece by piece, and stops it before it has copied the prompt.

    `feed` gives what may be sent now, `end` what was still held back. Once `is_tripped` nothing
    more may be sent, and the whole answer is to be replaced; that may show only at the end.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._runs: Runs = {}
        self._held = ""
        self._growing = ""  # the last word, which the next piece may make longer
        self.is_tripped = False

    def feed(self, piece: str) -> str:
        """What of the text so far may be sent."""
        text = self._growing + piece
        self._growing = ""
        for word in WORD.finditer(text):
            if word.end() == len(text):
                self._growing = word.group()
            else:
                self._take(word.group())
        self._held += piece
        return "" if _longest(self._runs) > USUAL_WORDS else self._let_go()

    def end(self) -> str:
        """What was held back, once the answer has ended; "" when it ended in a copy."""
        self._take(self._growing)
        return self._let_go()

    def _let_go(self) -> str:
        held, self._held = self._held, ""
        return "" if self.is_tripped else held

    def _take(self, word: str) -> None:
        self._runs = self._prompt.follow(self._runs, word)
        self.is_tripped = self.is_tripped or _longest(self._runs) >= TELLING_WORDS


def _longest(runs: Runs) -> int:
    return max(runs.values(), default=0)
