"""`python -m app serve`: the HTTP server."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from threading import Thread

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from app.cli.environment import as_service, prepare_database, ready_settings
from app.cli.loading import loading
from app.cli.problems import CommandError
from app.cli.shared_metrics import shared_metrics
from app.core.http_protocol import BoundedHttp
from app.core.process import port_is_free
from app.core.security import issue_token
from app.core.settings import ConfigurationError, Settings, hand_to_workers
from app.reference.seed import DEMO_USERS

logger = structlog.get_logger()

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - in production a proxy or container network stands before it
BACKLOG = 2048
GRACEFUL_SHUTDOWN_S = 25
MAX_SOCKET_FRAME_BYTES = 64 * 1024  # what a client may send at once on a WebSocket
SOCKET_PING_S = 15.0
STARTUP_FAILED = 3  # as uvicorn has it; the reason stands in the log
TOKEN_LIFETIME = timedelta(days=1)


def serve(host: str | None, port: int | None, workers: int) -> None:
    """Serve until stopped. The embedded database is migrated and seeded first; a database of
    one's own is not touched (`migrate` and `seed` do that).
    """
    with application_loaded_beside(workers), ready_settings() as (settings, embedded):
        address = bind_address(settings, host)
        port = settings.port if port is None else port
        if port and not port_is_free(address, port):  # sooner than the database is prepared
            raise busy(port)
        if embedded:
            logger.warning("embedded_postgres", reason="DATABASE_URL is not set")
            prepare_database(settings, embedded=True)
        hand_to_workers(as_service(settings, embedded=embedded))
        with listening(address, port) as listener:
            if settings.is_local:
                print_welcome(settings, address, listener.getsockname()[1])
            run_server(listener, workers)


@contextmanager
def application_loaded_beside(workers: int) -> Iterator[None]:
    """Loads what the server will ask for by its name, while the database starts."""

    def load() -> None:
        with loading():
            import_module("app.main")

    if workers > 1:  # they load it each for itself
        yield
        return
    thread = Thread(target=load, name="loading", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()  # an interpreter that ends would break it off with a traceback


def listening(address: str, port: int) -> socket.socket:
    """A socket on which connections wait until the server is up; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError:
        raise busy(port) from None


def busy(port: int) -> CommandError:
    return CommandError(f"port {port} is busy; choose another with PORT= or --port")


def run_server(listener: socket.socket, workers: int) -> None:
    """uvicorn on this socket until SIGTERM or Ctrl-C, which let it finish what is in flight."""
    config = uvicorn.Config(
        "app.serving:application",
        factory=True,
        http=BoundedHttp,
        workers=workers,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        server_header=False,
        ws_max_size=MAX_SOCKET_FRAME_BYTES,
        ws_ping_interval=SOCKET_PING_S,
        ws_ping_timeout=SOCKET_PING_S,
        ws_per_message_deflate=False,  # a dictionary for each connection costs more than it saves
        proxy_headers=False,  # TRUSTED_PROXIES decides whose word counts
    )
    if workers > 1:
        with shared_metrics():
            Workers(config, sockets=[listener]).run()
        return
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(STARTUP_FAILED)


class Workers(Multiprocess):
    """Who comes while they end is refused at once: the kernel would let them wait at a socket that
    is still open here, and nobody would ever come.
    """

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


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
