"""What a person is called. Pure."""

from typing import Final

# For somebody whose name nobody knows.
NO_NAME: Final = "Kamu"
