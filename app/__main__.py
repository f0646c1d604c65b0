"""`python -m app`: the command line of the service."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.cli.loading import loading

INTERRUPTED = 130  # as a shell reports SIGINT
TERMINATED = 143  # and SIGTERM, where something was left undone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 on success, 1 with one clear line on standard error when it cannot."""
    options = build_parser().parse_args(arguments)
    try:  # imports come late: `--help` answers without loading the application
        if options.with_parent is not None:
            from app.core.process import die_with_callers

            die_with_callers(options.with_parent or None)
        options.run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from app.cli.problems import explain

        lines = explain(error)
        if not lines:
            raise
        print(*(f"kenali-diri: {line}" for line in lines), sep="\n", file=sys.stderr)
        return 1
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="Kenali Diri")
    parser.set_defaults(with_parent=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the HTTP interface")
    serve.add_argument("--host", help="address to bind (local mode: 127.0.0.1 only)")
    serve.add_argument("--port", type=int, help="port to bind (default: PORT, 8000)")
    serve.add_argument("--workers", type=int, default=1, help="number of processes")
    _add_with_parent(serve)
    serve.set_defaults(run=_serve)

    _add_worker(commands)
    _add_migrate(commands)
    seed = commands.add_parser("seed", help="add missing reference data; never overwrites")
    seed.set_defaults(run=_seed)

    token = commands.add_parser("token", help="print a JWT for a user (local mode only)")
    token.add_argument("--user", type=UUID, required=True, help="the user's id")
    token.add_argument("--hours", type=int, default=24, help="lifetime (default: 24)")
    token.set_defaults(run=_token)

    demo = commands.add_parser("demo", help="play one user's whole journey (local mode only)")
    _add_with_parent(demo)
    demo.set_defaults(run=_demo)

    narratives = commands.add_parser("narratives", help="the narratives of the professions")
    actions = narratives.add_subparsers(required=True, metavar="ACTION")
    warm = actions.add_parser("warm", help="write ahead those that the cache lacks")
    warm.set_defaults(run=_warm_narratives)

    rescore = commands.add_parser("rescore", help="prove a stored result from its trace")
    rescore.add_argument("session_token", metavar="SESSION_TOKEN", help="of a completed session")
    rescore.set_defaults(run=_rescore)

    _add_users(commands)
    forget = commands.add_parser("forget", help="remove the embedded database (local mode only)")
    forget.set_defaults(run=_forget)
    return parser


def _add_users(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    users = commands.add_parser("users", help="what the service keeps of a person")
    actions = users.add_subparsers(required=True, metavar="ACTION")
    erase = actions.add_parser("erase", help="remove it: runs, answers, chat, jobs, cached texts")
    erase.add_argument("user", type=UUID, metavar="UUID", help="the user's id; Go's rows stay")
    erase.set_defaults(run=_erase_user)


def _add_worker(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    worker = commands.add_parser("worker", help="do the durable jobs, without the HTTP interface")
    _add_with_parent(worker)
    worker.set_defaults(run=_worker)


def _add_migrate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    migrate = commands.add_parser("migrate", help="bring the database to the newest revision")
    migrate.add_argument("--role", metavar="NAME", help="also make the role the service runs as")
    migrate.add_argument(
        "--plan", action="store_true", help="print what would be done; change nothing"
    )
    migrate.set_defaults(run=_migrate)


def _add_with_parent(command: argparse.ArgumentParser) -> None:
    words = "end when the parent does (PID: the parent as it knows itself, for one that dies early)"
    command.add_argument("--with-parent", nargs="?", type=int, const=0, metavar="PID", help=words)


def _serve(options: argparse.Namespace) -> None:
    from app.core.process import exit_on_sigterm

    exit_on_sigterm(0)
    with loading():
        from app.cli.serve import serve

    serve(options.host, options.port, options.workers)


def _worker(_: argparse.Namespace) -> None:
    from app.core.process import exit_on_sigterm

    exit_on_sigterm(0)
    with loading():
        from app.cli.worker import work

    work()


def _migrate(options: argparse.Namespace) -> None:
    with loading():
        from app.cli.migrate import migrate, show_plan

    if options.plan:
        show_plan()
    else:
        migrate(options.role)


def _seed(_: argparse.Namespace) -> None:
    with loading():
        from app.cli.environment import engine_of, ready_settings
        from app.reference.seed import seed_reference_data

    with ready_settings() as (settings, _embedded):
        engine = engine_of(settings)
        added = seed_reference_data(engine, with_demo=settings.is_local)
        engine.dispose()
    for name, count in added.items():
        print(f"{name}: {count} added")


def _token(options: argparse.Namespace) -> None:
    from app.cli.environment import local_settings
    from app.core.security import issue_token

    print(issue_token(local_settings(), options.user, timedelta(hours=options.hours)))


def _demo(_: argparse.Namespace) -> None:
    from app.core.process import exit_on_sigterm

    exit_on_sigterm(TERMINATED)
    with loading():
        from app.cli.demo import play

    play()


def _warm_narratives(_: argparse.Namespace) -> None:
    from app.core.process import exit_on_sigterm

    exit_on_sigterm(TERMINATED)
    with loading():
        from app.cli.narratives import warm

    warm()


def _rescore(options: argparse.Namespace) -> None:
    with loading():
        from app.cli.rescore import rescore

    if not rescore(options.session_token):
        sys.exit(1)  # the line that says what differs is the command's answer, not a refusal


def _erase_user(options: argparse.Namespace) -> None:
    with loading():
        from app.cli.users import erase

    erase(options.user)


def _forget(_: argparse.Namespace) -> None:
    from app.cli.environment import local_settings
    from app.core.embedded import EmbeddedPostgres

    EmbeddedPostgres.forget(local_settings().data_dir)
    print("The embedded database is removed.")


if __name__ == "__main__":
    sys.exit(main())
