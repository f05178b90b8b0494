"""Every system answers the same questions: the names and what they take and give are compared in
the source, since no system can load the others' modules.
"""

import ast
from pathlib import Path

import pytest

OTHERS = ["macos", "windows"]
APART = [
    *(f"agent.hosts.{name}" for name in ("quiet", "root", "senses", "session", "surroundings")),
    *("agent.hosts.tree", "agent.kernel"),
]


def offered(entry: str) -> dict[str, str]:
    """Each public name of a module, with what must be handed in and what comes back."""
    tree = parsed(entry)
    names = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return {name: shape(tree, name) for name in names}


def imported(entry: str, system: str) -> dict[str, str]:
    """The same of what agent.hosts.session, for one, takes from this system's modules."""
    words = {"linux": ("linux", "posix"), "macos": ("macos", "posix"), "windows": ("windows",)}
    branch = next(
        block
        for block in branches(parsed(entry).body)
        if all(any(f".{word}" in (node.module or "") for word in words[system]) for node in block)
    )
    return {a.name: shape(parsed(n.module), a.name) for n in branch for a in n.names}


def branches(body):
    for node in body:
        if isinstance(node, ast.If):
            yield [one for one in node.body if isinstance(one, ast.ImportFrom)]
            yield from branches(node.orelse)


def parsed(module: str) -> ast.Module:
    path = Path(module.replace(".", "/"))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def shape(tree: ast.Module, name: str) -> str:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            must = node.args.args[: len(node.args.args) - len(node.args.defaults)]
            taken = ", ".join(ast.unparse(argument) for argument in must)
            return f"({taken}) -> {ast.unparse(node.returns) if node.returns else '?'}"
        if isinstance(node, ast.ClassDef) and node.name == name:
            return f"class {sorted(members(node))}"
        if isinstance(node, ast.ImportFrom) and name in [a.asname or a.name for a in node.names]:
            return shape(parsed(str(node.module)), name)
    return "value"


def members(node: ast.ClassDef):
    for one in node.body:
        if isinstance(one, ast.AnnAssign):
            yield f"{ast.unparse(one.target)}: {ast.unparse(one.annotation)}"
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            yield one.name


@pytest.mark.parametrize("system", OTHERS)
def test_every_host_offers_what_linux_offers(system):
    assert offered(f"agent.hosts.{system}") == offered("agent.hosts.linux")


@pytest.mark.parametrize("system", OTHERS)
@pytest.mark.parametrize("entry", APART)
def test_what_is_asked_is_the_same_everywhere(entry, system):
    assert imported(entry, system) == imported(entry, "linux")
