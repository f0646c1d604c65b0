"""`python -m app demo`: one user's whole journey, told step by step in the terminal."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from app.cli.environment import local_settings, prepare_database, ready_settings
from app.cli.problems import CommandError
from app.core.process import free_port
from app.core.security import issue_token
from app.core.settings import hand_to_workers
from app.reference.seed import DEMO_USERS

API = "/api/v1/career-profile"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 1.0  # nobody but the demo waits for its server
REQUEST_TIMEOUT_S = 60.0
TOKEN_LIFETIME = timedelta(hours=1)

# Sari is curious and careful: her answers by letter, first and later items.
LIKES = {"R": (2, 3), "I": (5, 5), "A": (3, 2), "S": (3, 3), "E": (2, 3), "C": (4, 5)}
STORIES = {
    "what_you_love": (
        "Aku betah berjam-jam merapikan tabel angka penjualan warung ibu di Excel, lalu mencari"
        " tahu kenapa hari Jumat selalu ramai. Rasanya seperti memecahkan teka-teki."
    ),
    "what_you_are_good_at": (
        "Tahun lalu aku membuat laporan nilai untuk 36 teman sekelas dengan rumus Excel dan grafik,"
        " dan guruku memakainya sampai sekarang. Aku teliti dan cepat menemukan angka yang janggal."
    ),
    "what_the_world_needs": (
        "Banyak UMKM di pasar dekat rumahku tidak tahu barang mana yang untung. Aku ingin membantu"
        " mereka membaca data penjualan supaya tidak salah membeli stok."
    ),
    "what_you_can_be_paid_for": (
        "Aku pernah dibayar tetangga 150 ribu untuk merapikan data pelanggan katering dan membuat"
        " laporan bulanan. Aku ingin hidup dari pekerjaan mengolah data seperti itu."
    ),
}
CHOICES = {"what_you_love": 1, "what_the_world_needs": 2}  # display order of what she taps


def play() -> None:
    """Play the journey against a server of its own; raises when it does not complete."""
    local_settings()
    console = Console(highlight=False)
    started = time.perf_counter()
    with ready_settings() as (settings, embedded):
        console.print("[bold]Kenali Diri[/bold]: from the first question to two professions\n")
        with console.status("PostgreSQL, migrations, reference data ..."):
            added = prepare_database(settings, embedded=embedded)
        where = "embedded PostgreSQL" if embedded else "DATABASE_URL"
        console.print(f"[dim]{where} ready, {sum(added.values())} reference rows added[/dim]")
        hand_to_workers(settings)
        with running_server(console) as base_url:
            token = issue_token(settings, DEMO_USERS[0][0], TOKEN_LIFETIME)
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(
                base_url=base_url, headers=headers, timeout=REQUEST_TIMEOUT_S
            ) as client:
                Journey(client, console).play()
    console.print(f"\n[dim]Completed in {time.perf_counter() - started:.1f} s.[/dim]")


@contextmanager
def running_server(console: Console) -> Iterator[str]:
    """A server of the demo's own on a free port; it ends with the block, or with the demo."""
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    command += ["--with-parent", str(os.getpid())]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    base_url = f"http://127.0.0.1:{port}"
    try:
        with console.status("Starting the server ..."):
            wait_until_alive(server, base_url)
        console.print(f"[dim]server ready on {base_url}[/dim]\n")
        yield base_url
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(STOP_TIMEOUT_S)
        server.kill()
        server.wait()


def wait_until_alive(server: "subprocess.Popen[bytes]", base_url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise CommandError("the server ended while it started; see the lines above")
        try:
            if httpx.get(f"{base_url}/health/live", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise CommandError(f"the server did not answer within {START_TIMEOUT_S:.0f} s")


class Journey:
    """Plays the Flutter app for one user and tells what happens."""

    def __init__(self, client: httpx.Client, console: Console) -> None:
        self._client = client
        self._console = console

    def play(self) -> None:
        token = self._start()
        self._answer_riasec(token)
        options = self._begin_ikigai(token)
        self._answer_dimensions(token, options)
        dream = self._show_result(token)
        self._check_fit(dream)

    def _start(self) -> str:
        started = self._call("POST", "/recommendation/start", {"persona_type": "pathfinder"})
        self._step(1, f"Sari starts a recommendation run: {started['total_questions']} questions")
        return str(started["session_token"])

    def _answer_riasec(self, token: str) -> None:
        result = self._fill_in(token, shown=3)
        code = result["riasec_code_info"]
        scores = "  ".join(f"{letter} {score}" for letter, score in result["scores"].items())
        self._step(2, f"Her interests: [bold]{code['riasec_code']}[/bold], {code['riasec_title']}")
        self._console.print(f"   {scores}   [dim]({result['classification_type']})[/dim]")
        self._console.print(f"   {code['riasec_description']}", width=96)
        self._console.print(f"   {result['total_candidates']} candidate professions")

    def _fill_in(self, token: str, shown: int) -> dict[str, Any]:
        """Answer the session's questions as Sari does, telling the first few; the result."""
        bank = self._call("GET", "/riasec/questions")["data"]
        letter_of = {place: item["id"][0] for place, item in enumerate(bank, start=1)}
        questions = self._call("GET", f"/riasec/questions/{token}")
        seen: dict[str, int] = {}
        responses = []
        for question in questions["questions"]:
            letter = letter_of[question["question_id"]]
            value = LIKES[letter][min(seen.get(letter, 0), 1)]
            seen[letter] = seen.get(letter, 0) + 1
            responses.append({"question_id": question["question_id"], "answer_value": value})
            if len(responses) <= shown:
                label = questions["scale"][value - 1]["label"]
                self._console.print(f"   “{question['text']}”  [cyan]{label}[/cyan]")
        self._console.print(f"   [dim]... and {len(responses) - shown} more[/dim]")
        return self._call(
            "POST", "/riasec/submit", {"session_token": token, "responses": responses}
        )

    def _begin_ikigai(self, token: str) -> dict[int, int]:
        """Profession id of each option by display order."""
        with self._console.status("The model writes the options ..."):
            content = self._call("POST", "/ikigai/start", {"session_token": token})
        self._step(3, "Ikigai begins with the five best candidates")
        for option in content["candidates_with_content"]:
            text = option["dimension_content"]["what_you_love"]
            name = f"{option['display_order']}. {option['profession_name']}"
            self._console.print(f"   [bold]{name}[/bold] [dim]{option['congruence_score']}[/dim]")
            self._console.print(f"      {text}", width=96)
        return {
            item["display_order"]: item["profession_id"]
            for item in content["candidates_with_content"]
        }

    def _answer_dimensions(self, token: str, options: dict[int, int]) -> None:
        self._step(4, "Sari answers the four dimensions in her own words")
        answer: dict[str, Any] = {}
        for info in self._call("GET", "/ikigai/dimensions")["dimensions"]:
            selected = options.get(CHOICES.get(info["key"], 0))
            body = {
                "session_token": token,
                "dimension_name": info["key"],
                "selected_profession_id": selected,
                "selection_type": "selected" if selected else "not_selected",
                "reasoning_text": STORIES[info["key"]],
            }
            self._console.print(f"   [bold]{info['label']}[/bold]")
            self._console.print(f"      [italic]{STORIES[info['key']]}[/italic]", width=96)
            with self._console.status("The model reads what she wrote ..."):
                answer = self._call("POST", "/ikigai/submit-dimension", body)
        while answer["status"] != "completed":
            answer = self._call("POST", "/ikigai/finalize", {"session_token": token})

    def _show_result(self, token: str) -> dict[str, Any]:
        """Tells the two professions; the candidate that came last of all."""
        result = self._call("GET", f"/result/recommendation/{token}")
        professions = result["recommended_professions"]
        if len(professions) != 2:
            raise CommandError(f"the journey ended with {len(professions)} professions, not two")
        self._step(5, f"Two professions for {result['user_first_name']}")
        for profession in professions:
            self._console.print(profession_panel(profession))
        if result["quality"]["note"]:
            self._console.print(f"   [dim]{result['quality']['note']}[/dim]")
        last: dict[str, Any] = result["candidate_profession_names"][-1]
        return last

    def _check_fit(self, dream: dict[str, Any]) -> None:
        """How well one profession fits: the same questions, compared with its code."""
        body = {"persona_type": "builder", "target_profession_id": dream["profession_id"]}
        started = self._call("POST", "/fit-check/start", body)
        self._step(6, f"Would [bold]{dream['name']}[/bold] fit her? She answers once more")
        self._fill_in(started["session_token"], shown=1)
        result = self._call("GET", f"/result/fit-check/{started['session_token']}")
        verdict = result["fit_check_result"]
        stars = "★" * verdict["match_stars"] + "☆" * (3 - verdict["match_stars"])
        codes = (
            f"{result['user_riasec']['riasec_code']} → {result['target_profession']['riasec_code']}"
        )
        self._console.print(f"   [yellow]{stars}[/yellow] {verdict['match_label']}  {codes}")
        self._console.print(f"   {verdict['explanation']['meaning']}", width=96)
        for step in verdict["explanation"]["next_steps"]:
            self._console.print(f"   [cyan]·[/cyan] {step}", width=96)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, API + path, json=body)
        except httpx.HTTPError as error:
            raise CommandError(f"{method} {path} got no answer ({type(error).__name__})") from None
        if response.status_code != 200:
            raise CommandError(f"{method} {path} answered {response.status_code}")
        found: dict[str, Any] = response.json()
        return found

    def _step(self, number: int, text: str) -> None:
        self._console.print(f"\n[green]{number}[/green] {text}")


def profession_panel(profession: dict[str, Any]) -> Panel:
    """Name, percentage, reason and scores of a recommended profession."""
    scores = profession["score_breakdown"]
    table = Table.grid(padding=(0, 2))
    for key, label in (
        ("score_what_you_love", "suka"),
        ("score_what_you_are_good_at", "kuasai"),
        ("score_what_the_world_needs", "dibutuhkan"),
        ("score_what_you_can_be_paid_for", "dibayar"),
    ):
        bar = "█" * round(scores[key])
        table.add_row(label, f"{scores[key]:5.2f}", f"[cyan]{bar}[/cyan]")
    alignment = profession["riasec_alignment"]
    table_title = f"{profession['rank']}. {profession['profession_name']}"
    body = Table.grid()
    body.add_row(profession["match_reasoning"])
    body.add_row("")
    body.add_row(table)
    return Panel(
        body,
        title=f"[bold]{table_title}[/bold]  {profession['match_percentage']:.2f} / 100",
        subtitle=f"{alignment['user_code']} → {alignment['profession_code']},"
        f" {alignment['congruence_type']} {alignment['congruence_score']}",
        title_align="left",
        subtitle_align="left",
        width=100,
    )
