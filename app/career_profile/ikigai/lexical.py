"""The offline judgement: how far a text speaks of each candidate's work, without a model.

BM25 of the text against each candidate over stems and groups of related words; liking and
dislike by clause; concreteness from what the text tells of own experience.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.career_profile.ikigai.stance import AGAINST, Clause, read_clauses
from app.career_profile.ikigai.stemming import split_words, stem
from app.career_profile.ikigai.wordlists import (
    background_idf,
    load_everyday,
    load_evidence,
    load_groups,
    load_stopwords,
    load_topics,
)
from app.professions.context import ScoringContext

PLACES = 4
CACHED_PROFILES = 2_000
SATURATION = 1.2
FIELD_SATURATION = 2.0
FIELD = "fields:"
LENGTH_NORM = 0.4
TYPICAL_LENGTH = 60
NAME_FREQUENCY = 0.3
EVERYDAY = 0.5
MORE_WORDS = 0.8
MOST_WORDS = 4
TOPIC_POINTS = 6.0
TOPIC_STEMS_OF_TEXT = 5
TOPIC_STEMS_OF_PROFESSION = 8
MIN_CONTENT_STEMS = 2
FULL_LENGTH = 24
NOISE = 5.0
HALF_FIT = 6.0
LEAST_FIT = 0.05
FIT_FOR_FULL_EVIDENCE = 0.5
DISLIKED = 0.25


@dataclass(frozen=True, slots=True)
class SubScores:
    """k topic fit, s liking (0.5 neutral), b concreteness; 0 to 1, 4 places.

    What the text speaks against counts for nothing in k; where that outweighs the rest, s is at
    most 0.25 and b is 0.
    """

    k: float
    s: float
    b: float


@dataclass(frozen=True, slots=True)
class _Feature:
    """A stem or a group in the text: its weight, and the stance of the clauses that hold it."""

    key: str
    weight: float
    stance: float


NOTHING = SubScores(0.0, 0.5, 0.0)


def judge_text(text: str, professions: Sequence[ScoringContext]) -> dict[int, SubScores]:
    """Sub-scores by profession id; deterministic, the order of `professions` does not matter.

    A text without content of its own (blank, one word, only the name of a candidate) is no
    evidence for anyone: k = 0 throughout.
    """
    clauses = read_clauses(text)
    if not _has_content(text, professions):
        return {profession.profession_id: NOTHING for profession in professions}
    features = _features(clauses)
    concreteness = _concreteness(text)
    return {
        profession.profession_id: _judge(features, concreteness, profession)
        for profession in professions
    }


def _judge(
    features: Sequence[_Feature], concreteness: float, profession: ScoringContext
) -> SubScores:
    profile = _profile(profession)
    spoken_for = against = leaning = 0.0
    for feature in features:
        if not (frequency := profile.get(feature.key)):
            continue
        points = feature.weight * frequency
        leaning += points * feature.stance
        if feature.stance <= AGAINST:
            against += points
        else:
            spoken_for += points
    total = spoken_for + against
    k = _squash(spoken_for - against)
    s = 0.5 + 0.5 * leaning / total if total else 0.5
    if total and against >= spoken_for:
        return SubScores(k, round(min(s, DISLIKED), PLACES), 0.0)
    b = concreteness * min(1.0, k / FIT_FOR_FULL_EVIDENCE)
    return SubScores(k, round(s, PLACES), round(b, PLACES))


def _squash(points: float) -> float:
    """0 up to the noise of chance matches, half at HALF_FIT above it, near 1 far above."""
    above = max(0.0, points - NOISE)
    k = above / (above + HALF_FIT)
    return round(k, PLACES) if k >= LEAST_FIT else 0.0


@lru_cache(maxsize=CACHED_PROFILES)
def _profile(profession: ScoringContext) -> Mapping[str, float]:
    """Saturated BM25 frequency of every stem and group in a profession's own words.

    The name is taken out of the description and counted little: it is what people copy.
    """
    about = re.sub(re.escape(profession.name), " ", profession.about or "", flags=re.IGNORECASE)
    parts = (about, *profession.activities, *profession.hard_skills)
    counts: Counter[str] = Counter(_content_stems(split_words(" ".join(parts))))
    length = sum(counts.values())
    frequencies: Counter[str] = Counter()
    for stemmed, count in counts.items():
        frequencies.update({key: count for key, _ in _keys(stemmed)})
    result = {key: float(count) for key, count in frequencies.items()}
    for stemmed in _content_stems(split_words(profession.name)):
        result[stemmed] = result.get(stemmed, 0.0) + NAME_FREQUENCY
    scale = 1 - LENGTH_NORM + LENGTH_NORM * length / TYPICAL_LENGTH
    saturated = {key: _saturate(tf, key, scale) for key, tf in result.items()}
    return saturated | _topic_strengths(counts, TOPIC_STEMS_OF_PROFESSION)


def _saturate(frequency: float, key: str, scale: float) -> float:
    """BM25's; a field of work goes on to gain by words beyond the first few."""
    rate = FIELD_SATURATION if key.startswith(FIELD) else SATURATION
    return frequency * (rate + 1) / (frequency + rate * scale)


def _features(clauses: Iterable[Clause]) -> list[_Feature]:
    """Every stem and group of the text once, in order of appearance.

    A group weighs more with every further stem of it, up to MOST_WORDS.
    """
    stances: dict[str, list[float]] = {}
    weights: dict[str, float] = {}
    words: Counter[str] = Counter()
    stems: dict[str, float] = {}
    for clause in clauses:
        for stemmed in _content_stems(clause.words):
            new = stemmed not in stems
            stems[stemmed] = clause.stance
            for key, weight in _keys(stemmed):
                stances.setdefault(key, []).append(clause.stance)
                words[key] += new
                weights[key] = weight * (1 + MORE_WORDS * (min(words[key], MOST_WORDS) - 1))
    for name, strength in _topic_strengths(stems, TOPIC_STEMS_OF_TEXT).items():
        weights[name] = TOPIC_POINTS * strength
        stances[name] = [held for word, held in stems.items() if word in load_topics()[name]]
    return [_Feature(key, weights[key], sum(held) / len(held)) for key, held in stances.items()]


def _topic_strengths(stems: Iterable[str], full: int) -> dict[str, float]:
    """How many of the stems belong to each topic, 1 from `full` on."""
    held = set(stems)
    found = {name: len(held & members) for name, members in load_topics().items()}
    return {name: min(1.0, count / full) for name, count in found.items() if count > 1}


def _keys(stemmed: str) -> Iterable[tuple[str, float]]:
    """The feature of a stem and those of its groups, each with weight x idf."""
    everyday = EVERYDAY if stemmed in load_everyday() else 1.0
    yield stemmed, everyday * background_idf(stemmed)
    for group in load_groups().get(stemmed, ()):
        yield group.name, group.weight


def _content_stems(words: Iterable[str]) -> list[str]:
    stopwords = load_stopwords()
    return [stem(word) for word in words if len(word) > 1 and word not in stopwords]


def _has_content(text: str, professions: Sequence[ScoringContext]) -> bool:
    """Whether something is left to judge once the names of candidates are taken out."""
    words = " ".join(split_words(text))
    for profession in professions:
        name = " ".join(split_words(profession.name))
        words = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", words)
    stems = {stemmed for stemmed in _content_stems(words.split()) if stemmed.isalpha()}
    return len(stems) >= MIN_CONTENT_STEMS


def _concreteness(text: str) -> float:
    """0 to 1: length, own past, numbers, tools or proper names, results."""
    evidence = load_evidence()
    words = split_words(text)
    spoken = set(words)
    joined = " ".join(words)
    length = min(1.0, len(set(_content_stems(words))) / FULL_LENGTH)
    past = bool(spoken & evidence.past) or any(item in joined for item in evidence.past_phrases)
    own = bool(spoken & evidence.first_person)
    numbers = bool(re.search(r"\d", text))
    named = bool(spoken & evidence.tools) or bool(re.search(r"(?<=[a-z,] )[A-Z]\w+", text))
    results = bool(spoken & evidence.results)
    signs = 0.2 * (past and own) + 0.1 * past + 0.15 * numbers + 0.15 * named + 0.1 * results
    return round(min(1.0, math.sqrt(length) * (0.3 * length + signs + 0.1)), PLACES)
