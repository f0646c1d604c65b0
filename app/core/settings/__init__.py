"""The one settings class, its errors, and what a server hands to its workers."""

from app.core.settings.environment import (
    METRICS_FOLDER,
    hand_to_workers,
    share_metrics_folder,
    shared_metrics_folder,
)
from app.core.settings.kinds import ConfigurationError, reveal
from app.core.settings.settings import AppEnv, Settings

__all__ = [
    "METRICS_FOLDER",
    "AppEnv",
    "ConfigurationError",
    "Settings",
    "hand_to_workers",
    "reveal",
    "share_metrics_folder",
    "shared_metrics_folder",
]
