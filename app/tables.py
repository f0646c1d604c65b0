"""All tables of ours, registered with the metadata that Alembic and the service role read."""

import importlib

MODEL_MODULES = (
    "app.career_profile.sessions.models",
    "app.career_profile.riasec.models",
    "app.career_profile.ikigai.models",
    "app.career_profile.results.models",
    "app.model_usage.models",
    "app.chat.conversations.models",
    "app.chat.messages.models",
    "app.chat.usage.models",
    "app.chat.notifications.models",
    "app.chat.audit.models",
    "app.chat.gauges.models",
    "app.chat.events.models",
    "app.idempotency.models",
)


def import_models() -> None:
    """Register every table of ours with the metadata."""
    for name in MODEL_MODULES:
        importlib.import_module(name)
