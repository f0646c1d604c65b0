"""What a server writes into the environment of its workers."""

import os
from pathlib import Path

from app.core.settings.settings import Settings


def hand_to_workers(settings: Settings) -> None:
    """Server workers read their settings anew: give them what was found out at start-up."""
    if settings.database_url is not None:
        os.environ["DATABASE_URL"] = settings.database_url
    if settings.jwt_secret is not None:
        os.environ["JWT_SECRET"] = settings.jwt_secret.get_secret_value()


METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the name is prometheus-client's


def share_metrics_folder(folder: Path) -> None:
    """Make server workers count in files of `folder`: what one answers, all have counted."""
    os.environ[METRICS_FOLDER] = str(folder)


def shared_metrics_folder() -> Path | None:
    """Where the workers of this server count; None when it is a single process."""
    folder = os.environ.get(METRICS_FOLDER)
    return Path(folder) if folder else None
