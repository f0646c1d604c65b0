"""Sari's talk about her result with the advisor that is ready for her, as the demo plays it."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
from rich.console import Console
from rich.padding import Padding

from app.cli.problems import CommandError

API = "/api/chat"
WIDTH = 100
INDENT = 3
READY_S = 30.0
LOOK_EVERY_S = 0.1
SHOWN = 3


class Talk:
    """Waits for the conversation that nobody asked for, and asks what it suggests."""

    def __init__(self, client: httpx.Client, console: Console) -> None:
        self._client = client
        self._console = console

    def play(self, session_token: str) -> None:
        with self._console.status("The advisor reads the result ..."):
            found = self._await_conversation(session_token)
        welcome = found["messages"][0]
        self._step(7, "Her career advisor is ready, with no one asking")
        for paragraph in welcome["content"].split("\n"):
            self._tell(paragraph)
        self._tell("[dim]It suggests to ask:[/dim]")
        questions = welcome["metadata"]["suggestions"]
        for question in questions[:SHOWN]:
            self._tell(f"[cyan]·[/cyan] {question}")
        self._tell(f"[dim]... and {len(questions) - SHOWN} more[/dim]")
        self._step(8, f"She asks: [bold]{questions[0]}[/bold]")
        answer = self._ask(str(found["conversation"]["id"]), questions[0])
        usage = answer["usage"]
        self._tell(
            f"[dim]{usage['model']}, {usage['total_tokens']} tokens,"
            f" {answer['processing_time_ms']} ms[/dim]"
        )

    def _await_conversation(self, session_token: str) -> dict[str, Any]:
        """The conversation about this result; a durable job opens it."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            response = self._client.get(f"{API}/assessment/{session_token}/conversation")
            if response.status_code != 200:
                raise CommandError(f"the conversation's route answered {response.status_code}")
            found: dict[str, Any] = response.json()
            if found["exists"] and found["messages"]:
                return found
            time.sleep(LOOK_EVERY_S)
        raise CommandError(f"no conversation about the result within {READY_S:.0f} s")

    def _ask(self, conversation_id: str, question: str) -> dict[str, Any]:
        """Tell the answer as it comes; what came with its end."""
        page = Page(self._console)
        for name, data in self._events(conversation_id, question):
            if name == "message.delta":
                page.write(data["text"])
            elif name == "message.completed":
                page.end()
                return data
            elif name == "error":
                raise CommandError(f"the advisor did not answer: {data['code']}")
        raise CommandError("the advisor's answer ended in the middle")

    def _events(self, conversation_id: str, question: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Names and data of the server-sent events that answer the message."""
        path = f"{API}/conversations/{conversation_id}/messages"
        accept = {"Accept": "text/event-stream"}
        with self._client.stream(
            "POST", path, json={"content": question}, headers=accept
        ) as response:
            if response.status_code != 200:
                raise CommandError(f"the advisor answered {response.status_code}")
            name = ""
            for line in response.iter_lines():
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    yield name, json.loads(value)

    def _step(self, number: int, text: str) -> None:
        self._console.print(f"\n[green]{number}[/green] {text}", width=WIDTH)

    def _tell(self, text: str) -> None:
        self._console.print(Padding(text, (0, 0, 0, INDENT), expand=False), width=WIDTH)


class Page:
    """Text that comes in pieces, broken into lines between words."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(WIDTH, console.width)
        self._word = ""
        self._column = 0

    def write(self, piece: str) -> None:
        for character in piece:
            if character.isspace():
                self._place_word()
                if character == "\n":
                    self._break()
            else:
                self._word += character

    def end(self) -> None:
        self._place_word()
        self._break()

    def _place_word(self) -> None:
        if not self._word:
            return
        if self._column and self._column + 1 + len(self._word) > self._width:
            self._break()
        before = " " if self._column else " " * INDENT
        self._print(before + self._word)
        self._column += len(before) + len(self._word)
        self._word = ""

    def _break(self) -> None:
        self._print("\n")
        self._column = 0

    def _print(self, text: str) -> None:
        self._console.print(text, end="", markup=False, soft_wrap=True)
