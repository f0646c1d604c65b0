"""The offline judgement of texts that share next to no word with the profession's own text."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from app.career_profile.ikigai.stemming import split_words, stem
from app.career_profile.ikigai.wordlists import load_stopwords
from tests.career_profile.ikigai.test_lexical import rank_intended
from tests.support.catalogue import load_catalogue

TEXTS = tomllib.loads((Path(__file__).parent / "distant_texts.toml").read_text("utf-8"))["texts"]
MOST_SHARED = 2


@cache
def ranks(part: str) -> tuple[int, ...]:
    return tuple(rank_intended(row) for row in TEXTS if row["part"] == part)


def content_stems(text: str) -> set[str]:
    stopwords = load_stopwords()
    return {stem(word) for word in split_words(text) if len(word) > 1 and word not in stopwords}


def test_are_many_and_spread_over_the_categories() -> None:
    category = {entry.scoring.name: entry.category for entry in load_catalogue()}
    names = [row["profession"] for row in TEXTS]
    assert len(names) == len(set(names)) >= 40
    assert {category[name] for name in names} == set(category.values())
    assert all(20 <= len(row["text"].split()) <= 60 for row in TEXTS)


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row["profession"])
def test_shares_at_most_two_content_words_with_the_profession(row: dict[str, str]) -> None:
    (entry,) = (e for e in load_catalogue() if e.scoring.name == row["profession"])
    own = entry.recommendation  # the description uncut
    parts = (own.name, own.about or "", *own.activities, *own.hard_skills)
    shared = content_stems(row["text"]) & content_stems(" ".join(parts))
    assert len(shared) <= MOST_SHARED


@pytest.mark.parametrize(
    "parts",
    [("tuning", "holdout", "fresh"), ("holdout",), ("fresh",)],
    ids=["all", "holdout", "fresh"],
)
def test_intended_profession_ranks_first_of_thirty(parts: tuple[str, ...]) -> None:
    found = [rank for part in parts for rank in ranks(part)]
    assert sum(rank == 1 for rank in found) / len(found) >= 0.70
    assert sum(rank <= 3 for rank in found) / len(found) >= 0.90
