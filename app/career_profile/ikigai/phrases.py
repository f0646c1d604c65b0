"""Parts of a profession's data as they fit into an Indonesian sentence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+")
# A verb with its prefix; nouns that merely begin so are few.
VERB = re.compile(r"(?:me(?:ng|ny|m|n|l|r|w|y)|ber)\w{2,}", re.IGNORECASE)
NO_VERBS = frozenset(
    {
        "memori",
        "menu",
        "menteri",
        "merek",
        "mental",
        "mentor",
        "metrik",
        "berita",
        "berkas",
        "berat",
    }
)
# Points outside the sentence, to something only the text before it names.
POINTS_BACK = re.compile(
    r"\b(?:ia|dia|ini|itu|tersebut|begini|begitu|demikian|semacam|baginya|harinya|dirinya)\b",
    re.IGNORECASE,
)
OF_WHOM = re.compile(r"^(?:Orang|Mereka|Siapa pun) yang (?P<is>.+?) akan (?P<then>.+)$")
FOR_WHOM = re.compile(r"^(?:Pekerjaan ini )?[Cc]ocok (?:bagi|untuk) orang yang (?P<is>.+)$")
DEMAND = re.compile(
    r"\b(?:(?:mem|di)?butuh\w*|kebutuhan|(?:mem|di)?perlu\w*|memerlukan|menantikan)\b",
    re.IGNORECASE,
)
POSSESSIVE = re.compile(r"\w{3}nya\b", re.IGNORECASE)


def as_activity(text: str) -> str:
    """A verb phrase to follow "kamu": "membongkar laptop"; a noun gets a verb."""
    phrase = lower_first(text.strip().rstrip(".!?"))
    return phrase if _is_verb(phrase) else f"mengerjakan {phrase}"


def as_skill(text: str, proper: frozenset[str]) -> str:
    """A noun phrase: "routing dan switching", "SQL", "kemampuan menulis takarir"."""
    phrase = text.strip().rstrip(".!?")
    if phrase.split() and phrase.split()[0].lower() not in proper:
        phrase = lower_first(phrase)
    return f"kemampuan {phrase}" if _is_verb(phrase) else phrase


def lower_first(text: str) -> str:
    """The first letter lower-cased unless its word is an acronym or has inner capitals."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    plain = first[1:].islower() or len(first) == 1
    return text[:1].lower() + text[1:] if plain else text


def join_two(first: str, second: str) -> str:
    """ "A dan B", or with "serta" when one of them has an "dan" of its own."""
    joint = "serta" if " dan " in f" {first} {second} " else "dan"
    return f"{first} {joint} {second}"


def whole_sentences(text: str | None) -> Iterator[str]:
    """Complete sentences; what a cut left at the end is none."""
    for sentence in SENTENCE_BREAK.split((text or "").strip()):
        if sentence.endswith((".", "!", "?")) and sentence[:1].isupper():
            yield sentence


def self_contained(sentences: Iterable[str]) -> list[str]:
    """Sentences that can stand without the ones before them."""
    return [
        sentence
        for sentence in sentences
        if not POINTS_BACK.search(sentence)
        and (OF_WHOM.match(sentence) or not POSSESSIVE.search(sentence))
    ]


def addressed(sentence: str) -> str:
    """ "Orang yang teliti akan betah." becomes "Kalau kamu teliti, kamu akan betah." """
    suits = FOR_WHOM.match(sentence)
    if suits is not None:
        return f"Pekerjaan ini cocok untuk kamu yang {suits['is']}"
    match = OF_WHOM.match(sentence)
    if match is None:
        return sentence
    then = "cocok di sini." if match["then"] == "cocok." else match["then"]
    return f"Kalau kamu {match['is']}, kamu akan {then}"


def tells_demand(sentence: str) -> bool:
    return DEMAND.search(sentence) is not None


def as_years(experience_range: str | None) -> str | None:
    """ "5+ tahun" as it is spoken: "lebih dari 5 tahun"."""
    if not experience_range or not experience_range.strip():
        return None
    return re.sub(r"(\d+)\s*\+", r"lebih dari \1", experience_range.strip())


def rotate(items: Sequence[str], start: int) -> list[str]:
    if not items:
        return []
    start %= len(items)
    return [*items[start:], *items[:start]]


@cache
def slots_of(template: str) -> tuple[str, ...]:
    return tuple(re.findall(r"{(\w+)}", template))


def _is_verb(phrase: str) -> bool:
    first = phrase.split(maxsplit=1)[0] if phrase.split() else ""
    return VERB.fullmatch(first) is not None and first.lower() not in NO_VERBS
