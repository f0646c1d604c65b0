"""One user's whole journey, and the findings of the revision document."""

import pytest

pytest.register_assert_rewrite(
    "tests.journey.contract", "tests.journey.numbers", "tests.journey.exact"
)
