"""`python -m tests.house.check`: prints every broken house rule, exits 1 when there is one."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
SQL_NAMES = {"select", "insert", "update", "delete", "text"}

COMMITS = {"app/core/database.py", "app/migrations.py"}
SQL_PLACES = {"app/service_role.py", "app/core/migration_state.py"}
ENVIRONMENT = {"app/core/settings/environment.py"}
COMMAND_LINE = ("app/cli/", "app/__main__.py")


def python_files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.py"))


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def check_file(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    place = place_of(path)
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{place}: {lines} lines, split it (limit {MAX_FILE_LINES})"
    for node in ast.walk(ast.parse(source)):
        yield from check_size(node, place)
        if place.startswith("app/"):
            yield from check_node(node, place)


def check_size(node: ast.AST, place: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield f"{place}:{node.lineno}: {node.name} has {length} lines"


def check_node(node: ast.AST, place: str) -> Iterator[str]:
    at = f"{place}:{getattr(node, 'lineno', 0)}"
    if isinstance(node, ast.ImportFrom):
        yield from check_import(node, place, at)
    if isinstance(node, ast.Attribute):
        if node.attr == "commit" and place not in COMMITS:
            yield f"{at}: only app/core/database.py commits"
        if node.attr == "environ" and place not in ENVIRONMENT:
            yield f"{at}: the environment is read in app/core/settings/environment.py only"
    if is_print(node) and not place.startswith(COMMAND_LINE):
        yield f"{at}: print belongs to the command line"


def is_print(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def check_import(node: ast.ImportFrom, place: str, at: str) -> Iterator[str]:
    names = {alias.name for alias in node.names}
    module = node.module or ""
    if "HTTPException" in names and not place.startswith("app/core/"):
        yield f"{at}: raise a DomainError, not an HTTPException"
    is_sql_place = (
        place.endswith(("/repository.py", "/models.py", "/columns.py")) or place in SQL_PLACES
    )
    if module.startswith("sqlalchemy") and names & SQL_NAMES and not is_sql_place:
        yield f"{at}: SQL lives in repositories"


def broken_rules() -> list[str]:
    files = [*python_files(APP), *python_files(ROOT / "tests"), *python_files(ROOT / "alembic")]
    return [problem for path in files for problem in check_file(path)]


def main() -> int:
    problems = broken_rules()
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
