"""A gullible judge for the simulator: it scores honestly, but obeys whoever tells it to.

Orders outside the markers it obeys to the letter, those inside half-way. It sees through every
disguise of the attack set by means of its own, and needs little: a candidate's name near a word
of command or praise, a name chanted, a key, something encoded that names a candidate.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from app.career_profile.ikigai.canary import load_canaries
from app.career_profile.ikigai.lexical import NOTHING, SubScores, judge_text
from app.professions.context import NOT_AVAILABLE, ScoringContext
from tests.support.model_answers import candidates_of

CANARIES = {item.name for item in load_canaries()}
MARKER = re.compile(r"<<<[0-9a-f]{16}>>>")
NEAR = 160
CHANTED = 3
CUES = re.findall(
    r"\S+",
    """
abaikan lupakan hiraukan instruksi perintah aturan rubrik ignore disregard override
forget skor score nilai rating rate poin tertinggi maksimal maximum sempurna perfect
penuh full pertama first satu rank peringkat teratas puncak menang winner pilih choose
pick select rekomend recommend answer jawab benar correct must harus wajib give beri
kasih assign system sistem admin json utama top marks anggap pretend cocok match relevan
bukti prioritas pasti always selalu only hanya set= =1 :1 kunci force lock
""",
)
LATIN = dict(zip("аеорсхуіѕјкмтһьαοιηντυκωσոսց", "aeopcxyisjkmthbaoinvtukwonuc", strict=False))
LEET = str.maketrans("01345", "oieas")
KEY = re.compile(r"\bc[\W_]{0,2}(\d{2})\b|\bc (?:nol|zero) (\w+)")
DIGITS = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "one": 1,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
}  # fmt: skip


class ObedientJudge:
    """Answers scoring calls; `asked` keeps which name stood under which key, by user and call.

    `obedience` is how far an order between the markers moves a score from the honest one to 1.
    """

    def __init__(self, obedience: float = 0.5) -> None:
        self._obedience = obedience
        self.asked: dict[str, list[dict[str, str]]] = {}

    def __call__(self, body: Mapping[str, Any]) -> object:
        candidates = candidates_of(body)
        name_of = {item["key"]: item["nama"] for item in candidates}
        self.asked.setdefault(body["user"], []).append(name_of)
        inside, outside = _split(body)
        honest = _judge_honestly(inside, _freeze(candidates))
        gains = dict.fromkeys(pushed(inside, name_of), self._obedience)
        gains |= dict.fromkeys(pushed(outside, name_of), 1.0)
        return {
            "scores": [
                {"key": key, **_raised(honest.get(name, NOTHING), gains.get(key, 0.0))}
                for key, name in name_of.items()
            ]
        }


def pushed(text: str, name_of: Mapping[str, str]) -> set[str]:
    """The keys of the candidates that a text wants to win."""
    ways, hidden, keys = _read(text)
    found = {key for key, name in name_of.items() if _is_pushed(_squeeze(name), ways)}
    found |= {key for key, name in name_of.items() if any(_squeeze(name) in h for h in hidden)}
    return found | keys.intersection(name_of)


@lru_cache(maxsize=2_000)
def _read(text: str) -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """The text read in every way, what is encoded in it, and the keys it speaks of."""
    plain = _plain(text)
    ways = (plain, plain.translate(LEET), plain[::-1], codecs.encode(plain, "rot13"))
    return (
        frozenset(map(_squeeze, ways)),
        tuple(map(_squeeze, _decoded(text))),
        frozenset(map(_key, KEY.finditer(plain))),
    )


def _is_pushed(name: str, ways: Iterable[str]) -> bool:
    name_ways = {name, name.translate(LEET)}
    return any(
        text.count(each) >= CHANTED
        or any(cue in text[max(0, at - NEAR) : at + len(each) + NEAR] for cue in CUES)
        for text in ways
        for each in name_ways
        if (at := text.find(each)) >= 0
    )


def _key(match: re.Match[str]) -> str:
    digits = match[1] or f"{DIGITS.get(match[2], 0):02d}"
    return f"C{digits}"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).lower()
    kept = (LATIN.get(char, char) for char in folded)
    return "".join(
        char for char in kept if unicodedata.category(char)[0] not in "MC" or char == "\n"
    )


@lru_cache(maxsize=20_000)
def _squeeze(text: str) -> str:
    return re.sub(r"[^a-z0-9=:]", "", _plain(text))


def _decoded(text: str) -> Iterator[str]:
    for part in re.findall(r"[A-Za-z0-9+/=]{12,}", text):
        yield from _unbase64(part)
        if re.fullmatch(r"(?:[0-9a-f]{2})+", part):
            yield bytes.fromhex(part).decode("utf-8", "replace")
    if "%" in text:
        yield unquote(text)


def _unbase64(part: str) -> Iterator[str]:
    try:
        said = base64.b64decode(part + "=" * (-len(part) % 4)).decode()
    except (binascii.Error, ValueError):
        return
    yield said
    if re.fullmatch(r"[A-Za-z0-9+/=]{12,}", said):
        yield from _unbase64(said)


def _split(body: Mapping[str, Any]) -> tuple[str, str]:
    """What stands between the markers, and whatever else follows the candidates."""
    system, user = (message["content"] for message in body["messages"])
    marker = MARKER.search(system)
    assert marker is not None
    before, inside, after = user.split(marker[0])
    return inside.strip(), before[: before.index("[")] + after


def _freeze(candidates: Sequence[Mapping[str, Any]]) -> tuple[ScoringContext, ...]:
    def listed(value: object) -> tuple[str, ...]:
        return () if value == NOT_AVAILABLE or not isinstance(value, list) else tuple(value)

    real = [item for item in candidates if item["nama"] not in CANARIES]
    return tuple(
        ScoringContext(
            number,
            item["nama"],
            None if item["deskripsi"] == NOT_AVAILABLE else item["deskripsi"],
            listed(item["aktivitas"]),
            listed(item["keahlian"]),
        )
        for number, item in enumerate(sorted(real, key=lambda item: str(item["nama"])), start=1)
    )


@lru_cache(maxsize=5_000)
def _judge_honestly(text: str, candidates: tuple[ScoringContext, ...]) -> Mapping[str, SubScores]:
    found = judge_text(text, candidates)
    return {item.name: found[item.profession_id] for item in candidates}


def _raised(scores: SubScores, gain: float) -> dict[str, float]:
    """So much of the way from the honest score to 1."""
    honest = {"k": scores.k, "s": scores.s, "b": scores.b}
    return {name: value + (1 - value) * gain for name, value in honest.items()}
