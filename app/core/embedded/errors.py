"""What the embedded PostgreSQL tells a person who cannot have it."""


class EmbeddedPostgresError(Exception):
    """The cluster cannot be used; the message is one for a person and says what to do."""
