"""The application's source as syntax trees."""

import ast
from collections.abc import Iterator

from tests.support.databases import ROOT


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = path.relative_to(ROOT / "app").as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"), name)


def min_max_formulas(tree: ast.Module) -> Iterator[ast.BinOp]:
    """Every (x - low) / (high - low), whatever the names."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(
                left=ast.BinOp(op=ast.Sub(), right=low),
                op=ast.Div(),
                right=ast.BinOp(op=ast.Sub(), right=same),
            ) if ast.dump(low) == ast.dump(same):
                yield node
