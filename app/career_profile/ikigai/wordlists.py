"""The word lists of the offline judgement, read once at first use from package data."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.career_profile.ikigai.stemming import stem

SYNONYM_WEIGHT = 0.8
FIELD_WEIGHT = 0.9
HIGHEST_IDF = 4.0  # one rare word by chance must not outweigh three that fit


@dataclass(frozen=True, slots=True)
class Group:
    """Words that stand for one another and count as one more feature of each."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Sentiment:
    negators: frozenset[str]
    positive: frozenset[str]
    wishes: frozenset[str]
    negative: frozenset[str]
    weak: frozenset[str]
    indignant: frozenset[str]
    concern: frozenset[str]
    contrast: frozenset[str]
    preference: frozenset[str]
    liking: frozenset[str]
    instead: frozenset[str]
    others: frozenset[str]
    continuing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    past: frozenset[str]
    past_phrases: tuple[str, ...]
    first_person: frozenset[str]
    results: frozenset[str]
    tools: frozenset[str]


@cache
def load_stopwords() -> frozenset[str]:
    return _read_words("stopwords.txt")


@cache
def load_everyday() -> frozenset[str]:
    """Stems that any text holds, whatever the field of work."""
    return _read_words("everyday.txt")


@cache
def load_groups() -> Mapping[str, tuple[Group, ...]]:
    """The groups of each stem: its synonyms and its fields of work."""
    found: dict[str, list[Group]] = {}
    for table, weight in (("synonyms", SYNONYM_WEIGHT), ("fields", FIELD_WEIGHT)):
        for name, stems in _read_stems(table).items():
            group = Group(f"{table}:{name}", weight * _group_idf(stems))
            for member in stems:
                found.setdefault(member, []).append(group)
    return {member: tuple(groups) for member, groups in found.items()}


@cache
def load_topics() -> Mapping[str, frozenset[str]]:
    """The stems of each world of work."""
    return _read_stems("topics")


def _read_stems(table: str) -> Mapping[str, frozenset[str]]:
    rows = tomllib.loads(_read("fields.toml" if table == "fields" else "synonyms.toml"))[table]
    return {name: frozenset(map(stem, words.split())) for name, words in rows.items()}


@cache
def load_sentiment() -> Sentiment:
    table = tomllib.loads(_read("sentiment.toml"))
    return Sentiment(**{name: frozenset(words.split()) for name, words in table.items()})


@cache
def load_evidence() -> Evidence:
    table = tomllib.loads(_read("evidence.toml"))
    return Evidence(
        past=frozenset(table["past"].split()),
        past_phrases=tuple(table["past_phrases"]),
        first_person=frozenset(table["first_person"].split()),
        results=frozenset(table["results"].split()),
        tools=frozenset(table["tools"].split()),
    )


def background_idf(stemmed: str) -> float:
    """Inverse document frequency over a background of profession texts; rare is high."""
    size, counts = _load_background()
    return _idf(counts.get(stemmed, 0), size)


@cache
def _load_background() -> tuple[int, Mapping[str, int]]:
    lines = [line.split() for line in _read("background.txt").splitlines() if line[0] != "#"]
    (_, size), *rows = lines
    return int(size), {word: int(count) for word, count in rows}


def _group_idf(stems: frozenset[str]) -> float:
    """As if the members occurred independently of one another."""
    size, counts = _load_background()
    absent = math.prod(1 - min(counts.get(member, 0.5), size) / size for member in stems)
    return _idf(size * (1 - absent), size)


def _idf(count: float, size: int) -> float:
    return min(HIGHEST_IDF, math.log(1 + (size - count + 0.5) / (count + 0.5)))


def _read_words(name: str) -> frozenset[str]:
    lines = _read(name).splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _read(name: str) -> str:
    folder = files("app.career_profile.ikigai").joinpath("lexicon")
    return folder.joinpath(name).read_text(encoding="utf-8")
