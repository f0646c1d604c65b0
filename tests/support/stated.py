"""Settings from what a test states alone."""

from typing import Any

from pydantic import BaseModel

from app.core.settings import Settings


def stated_settings(**values: Any) -> Settings:
    """Validated as ever, but no environment variable and no file is looked at.

    To look for some 200 variables costs 5 ms of CPU, in thousands of tests.
    """
    settings = Settings.__new__(Settings)
    BaseModel.__init__(settings, **values)
    return settings
