"""What a process of the server loads."""

from fastapi import FastAPI

from app.cli.loading import loading


def application() -> FastAPI:
    """The application of the environment; loaded here, as uvicorn would with collections on."""
    with loading():
        from app.main import app_of_environment
    return app_of_environment()
