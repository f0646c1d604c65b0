"""How a writer feels about the work spoken of, clause by clause, negation included."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.career_profile.ikigai.stemming import split_words
from app.career_profile.ikigai.wordlists import Sentiment, load_sentiment

AGAINST = -0.5
LIKING = 1.0
WISH = 0.5
STRAIN = -0.4
INSTEAD = -0.7
NEGATION_REACH = 3
CONCERN_REACH = 2
SHORT_CLAUSE = 4
SPILL = 0.5
SENTENCE = re.compile(r"[.!?\n]+(?=\s|$)")
FRAGMENT = re.compile(r"[,;:()]|\s[-–—]\s")
PRONOUNS = frozenset({"saya", "aku", "gue", "gua", "gw", "kami"})
ABILITY = frozenset({"bisa", "mampu"})


@dataclass(frozen=True, slots=True)
class Clause:
    """Lower-case words; stance -1 (against) to 1 (for), at most AGAINST counts as against."""

    words: tuple[str, ...]
    stance: float


def read_clauses(text: str) -> list[Clause]:
    """The clauses of a text with their stance.

    A clause without feeling words continues the one before it in a list ("tidak suka A, B, atau
    C"); otherwise it takes half of the liking that the rest of the text shows.
    """
    found = [clause for sentence in _sentences(text) for clause in _read_sentence(sentence)]
    liking = [stance for _, stance in found if stance is not None and stance > 0]
    tone = SPILL * sum(liking) / len(liking) if liking else 0.0
    return [Clause(tuple(words), tone if stance is None else stance) for words, stance in found]


def _sentences(text: str) -> Iterator[str]:
    return (part for part in SENTENCE.split(unicodedata.normalize("NFKC", text)) if part.strip())


def _read_sentence(sentence: str) -> Iterator[tuple[list[str], float | None]]:
    lexicon = load_sentiment()
    before: float | None = None
    prefers = False
    for fragment in FRAGMENT.split(sentence):
        continues = before is not None
        for words in _split_clauses(split_words(fragment), lexicon):
            stance = _feeling(words, lexicon)
            if prefers and words[0] in lexicon.instead:
                stance = INSTEAD
            elif stance is None and continues and _lists_on(words, lexicon):
                stance = before
            prefers = prefers or _prefers(words, lexicon)
            before = stance
            continues = False
            yield words, stance


def _split_clauses(words: Sequence[str], lexicon: Sentiment) -> Iterator[list[str]]:
    clause: list[str] = []
    for position, word in enumerate(words):
        following = words[position + 1] if position + 1 < len(words) else ""
        opens = word in lexicon.contrast or word in lexicon.instead
        turns = word in lexicon.preference and following in lexicon.liking
        if clause and (opens or turns):
            yield clause
            clause = []
        clause.append(word)
    if clause:
        yield clause


def _prefers(words: Sequence[str], lexicon: Sentiment) -> bool:
    """ "lebih suka A" weighs two things; "lebih mudah" only compares."""
    return any(
        word in lexicon.preference and bool(lexicon.liking.intersection(words[position + 1 :]))
        for position, word in enumerate(words)
    )


def _lists_on(words: Sequence[str], lexicon: Sentiment) -> bool:
    return len(words) <= SHORT_CLAUSE or words[0] in lexicon.continuing


def _feeling(words: Sequence[str], lexicon: Sentiment) -> float | None:
    """Sum of the writer's own feelings in a clause, -1 to 1; None when it has none."""
    others = [position for position, word in enumerate(words) if word in lexicon.others]
    felt = [
        score
        for position in range(len(words))
        if not any(position - NEGATION_REACH <= other < position for other in others)
        and (score := _word_feeling(words, position, lexicon)) is not None
    ]
    return max(-1.0, min(1.0, sum(felt))) if felt else None


def _word_feeling(words: Sequence[str], position: int, lexicon: Sentiment) -> float | None:
    word = words[position]
    before = words[max(0, position - NEGATION_REACH) : position]
    negated = any(item in lexicon.negators for item in before)
    if word in lexicon.positive:
        return -LIKING if negated else LIKING
    if word in lexicon.wishes:
        return _wish(before, negated=negated)
    if word in lexicon.negative:
        return _aversion(words, position, lexicon, negated=negated)
    if word in lexicon.weak:
        return None if negated else STRAIN
    cannot = word in ABILITY and len(before) > 1 and before[-1] in lexicon.negators
    return -LIKING if cannot and before[-2] in PRONOUNS else None


def _wish(before: Sequence[str], *, negated: bool) -> float | None:
    """ "saya tidak mau" is an aversion, "laptop yang tidak mau hidup" is none."""
    if not negated:
        return WISH
    return -LIKING if len(before) < 2 or PRONOUNS.intersection(before) else None


def _aversion(
    words: Sequence[str], position: int, lexicon: Sentiment, *, negated: bool
) -> float | None:
    """ "benci lihat penipuan" wants to mend something: no aversion to work on it."""
    after = words[position + 1 : position + 1 + CONCERN_REACH]
    if words[position] in lexicon.indignant and any(item in lexicon.concern for item in after):
        return None
    return LIKING if negated else -LIKING
