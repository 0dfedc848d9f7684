"""The style of the two packages in figures: `python -m tests.test_style` prints them room by room.

Branches are counted as if, for, while, except, comprehension, and/or; lines are those of functions,
docstrings included.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "assistant")

MAX_FUNCTION_LINES = 60
MAX_FUNCTION_BRANCHES = 12
MAX_BRANCHES_PER_100_LINES = 22.0
MAX_NUMERIC_CONSTANTS = 145
MAX_INDEX_METHODS = 29
MAX_PARAMETERS = 13
MAX_SHARED_NAMES = 29

BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.comprehension)


@dataclass(frozen=True)
class Function:
    room: str
    name: str
    lines: int
    branches: int
    parameters: int


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def count_branches(tree: ast.AST) -> int:
    """Of a function with all that is in it: `a and b and c` are two."""
    branches = 0
    for node in ast.walk(tree):
        if isinstance(node, BRANCHES):
            branches += 1
        elif isinstance(node, ast.BoolOp):
            branches += len(node.values) - 1
    return branches


def outer_functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods; those inside another belong to it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            yield from outer_functions(node)


def count_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    return len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)


def functions() -> list[Function]:
    found = []
    for path, tree in sources():
        for function in outer_functions(tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            name = f"{path}:{function.lineno} {function.name}"
            branches, parameters = count_branches(function), count_parameters(function)
            found.append(Function(str(path.parent), name, lines, branches, parameters))
    return found


def is_number(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.BinOp) and is_number(node.left) and is_number(node.right)


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.AST | None]]:
    """The names that a statement of a module gives, with what they are given."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id, statement.value
    if not isinstance(statement, ast.Assign):
        return
    for target in statement.targets:
        if isinstance(target, ast.Name):
            yield target.id, statement.value
        elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            for name, value in zip(target.elts, statement.value.elts, strict=True):
                yield ast.unparse(name), value


def numeric_constants() -> list[str]:
    """`file NAME` of every number that a module names."""
    return [
        f"{path} {name}"
        for path, tree in sources()
        for statement in tree.body
        for name, value in assigned(statement)
        if is_number(value)
    ]


def shared_names() -> dict[str, list[str]]:
    """What more than one module defines under one name: constants, functions, classes."""
    modules = defaultdict(set)
    for path, tree in sources():
        for statement in tree.body:
            for name, _ in assigned(statement):
                modules[name].add(str(path))
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                modules[statement.name].add(str(path))
    return {
        name: sorted(paths)
        for name, paths in modules.items()
        if len(paths) > 1 and not name.startswith("__")
    }


def branches_per_100_lines(counted: list[Function]) -> float:
    return 100 * sum(one.branches for one in counted) / sum(one.lines for one in counted)


def methods(path: str, name: str) -> list[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return [node.name for node in found.body if isinstance(node, ast.FunctionDef)]


def test_no_function_is_too_long_to_see_at_once():
    assert [one.name for one in functions() if one.lines > MAX_FUNCTION_LINES] == []


def test_no_function_makes_too_many_decisions():
    assert [one.name for one in functions() if one.branches > MAX_FUNCTION_BRANCHES] == []


def test_a_hundred_lines_of_function_make_few_decisions():
    assert branches_per_100_lines(functions()) <= MAX_BRANCHES_PER_100_LINES


def test_no_function_takes_too_many_parameters():
    assert [one.name for one in functions() if one.parameters > MAX_PARAMETERS] == []


def test_numbers_with_names_are_few():
    assert len(numeric_constants()) <= MAX_NUMERIC_CONSTANTS


def test_the_index_has_few_methods():
    assert len(methods("index/index.py", "Index")) <= MAX_INDEX_METHODS


def test_one_name_means_one_thing():
    shared = shared_names()
    assert len(shared) <= MAX_SHARED_NAMES, shared


def print_figures() -> None:
    counted = functions()
    for room in sorted({one.room for one in counted}):
        own = [one for one in counted if one.room == room]
        lines = sum(one.lines for one in own)
        print(f"{room:24}{lines:6} lines{branches_per_100_lines(own):6.1f} branches in 100")
    print(f"all: {branches_per_100_lines(counted):.1f} branches in 100 lines of function")
    for one in counted:
        if one.lines > 60 or one.branches > 12:
            print(f"  {one.name}: {one.lines} lines, {one.branches} branches")
    print(f"{len(numeric_constants())} numeric constants")
    print(f"{len(shared_names())} names in more than one module")
    total = sum(
        len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path, _ in sources()
    )
    print(f"{total} lines in {' and '.join(PACKAGES)}")


if __name__ == "__main__":
    print_figures()
