"""Imports of a command, without collections."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Imports without collections: they would walk again and again through what is there to stay,
    for a sixth of the start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
