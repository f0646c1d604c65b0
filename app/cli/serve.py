"""`python -m app serve`: the HTTP server."""

from datetime import timedelta

import uvicorn

from app.cli.environment import prepare_database, ready_settings
from app.core.process import port_is_free
from app.core.security import issue_token
from app.core.settings import ConfigurationError, Settings, hand_to_workers
from app.reference.seed import DEMO_USERS

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - in production a proxy or container network stands before it
GRACEFUL_SHUTDOWN_S = 25
TOKEN_LIFETIME = timedelta(days=1)


def serve(host: str | None, port: int | None, workers: int) -> None:
    """Serve until stopped. The embedded database is migrated and seeded first; a database of
    one's own is not touched (`migrate` and `seed` do that).
    """
    with ready_settings() as (settings, embedded):
        address = bind_address(settings, host)
        port = settings.port if port is None else port
        if not port_is_free(address, port):
            raise ConfigurationError(f"port {port} is busy; choose another with PORT= or --port")
        if embedded:
            prepare_database(settings, embedded=True)
        hand_to_workers(settings)
        if settings.is_local:
            print_welcome(settings, address, port)
        uvicorn.run(
            "app.main:app_of_environment",
            factory=True,
            host=address,
            port=port,
            workers=workers,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
            server_header=False,
        )


def bind_address(settings: Settings, host: str | None) -> str:
    """Local mode knows no login but its own tokens: it stays on this machine."""
    if not settings.is_local:
        return host or EVERYWHERE
    if host not in (None, LOOPBACK, "localhost"):
        raise ConfigurationError("APP_ENV=local binds 127.0.0.1 only")
    return LOOPBACK


def print_welcome(settings: Settings, address: str, port: int) -> None:
    user_id, name, _ = DEMO_USERS[0]
    base = f"http://{address}:{port}"
    print(f"\nKenali Diri on {base}  (documentation: {base}/docs)")
    print(f"Demo user {name}, {user_id}. Try it:\n")
    print(f"export TOKEN={issue_token(settings, user_id, TOKEN_LIFETIME)}")
    print(f"curl -s {base}/api/v1/career-profile/recommendation/start \\")
    print("  -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\")
    print('  -d \'{"persona_type": "PATHFINDER"}\'\n', flush=True)
