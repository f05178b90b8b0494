"""The house keeps its floors: who imports whom, what is too large, what may be asked where."""

import ast
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "shared": set(),
    "licensing": {"shared"},
    "agent": {"shared", "licensing"},
    "owner": {"shared", "licensing"},
    "portal": {"shared", "licensing"},
}
PACKAGES = tuple(MAY_IMPORT)
NOT_OURS_TO_IMPORT = {"packaging", "tests", "bench", "demo"}
PORTALS_ALONE = ("licensing.issue", "licensing.billing")
SUBJECTS = (
    "audit", "mail", "accounts", "licenses", "billing", "devices", "thefts", "intake", "evidence",
    "alerts", "marketing", "privacy", "support", "staff", "site",
)  # fmt: skip
# What a kind of portal module may not import, from its own subject or another.
ABOVE = {
    "models": ("operations", "forms", "pages", "api"),
    "operations": ("pages", "api"),
}
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 300, 60, 10

Complaints = Iterator[str]


def sources(root: Path, *packages: str) -> Iterator[tuple[Path, ast.Module, list[str]]]:
    """Every Python file below the packages with its tree and its lines."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield path, ast.parse(text, str(path)), text.splitlines()


def imported(path: Path, root: Path, tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Every module a file imports, by its full name; `from a import b` counts as a and a.b."""
    here = path.relative_to(root).with_suffix("").parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level] if node.level else ()
            base = ".".join((*above, *(node.module or "").split("."))).strip(".")
            yield base, node
            yield from ((f"{base}.{alias.name}", node) for alias in node.names)


def at(path: Path, root: Path, node: ast.AST) -> str:
    return f"{path.relative_to(root)}:{getattr(node, 'lineno', 1)}"


def is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def walls(root: Path) -> Complaints:
    """Packages import downwards only; shared is the standard library and cryptography."""
    for path, tree, _ in sources(root, *PACKAGES):
        package = path.relative_to(root).parts[0]
        for name, node in imported(path, root, tree):
            top = name.partition(".")[0]
            ours = top in MAY_IMPORT and top != package and top not in MAY_IMPORT[package]
            if ours or top in NOT_OURS_TO_IMPORT:
                yield f"{at(path, root, node)} imports {name}"
            outside = {*sys.stdlib_module_names, "shared", "cryptography"}
            if package == "shared" and top not in outside:
                yield f"{at(path, root, node)} imports {name}, and shared stands on nothing else"
            if package != "portal" and any(is_under(name, alone) for alone in PORTALS_ALONE):
                inside = package == "licensing"
                if not inside:
                    yield f"{at(path, root, node)} imports {name}, which is the portal's alone"


def hazmat(root: Path) -> Complaints:
    """One file touches the primitives."""
    for path, tree, _ in sources(root, *PACKAGES):
        for name, node in imported(path, root, tree):
            if is_under(name, "cryptography") and path != root / "shared" / "crypto.py":
                yield f"{at(path, root, node)} imports {name}; shared/crypto.py does that"


def subjects(root: Path) -> Complaints:
    """In portal: a subject imports those before it, and nobody's pages but its own."""
    for path, tree, _ in sources(root, "portal"):
        parts = path.relative_to(root).with_suffix("").parts
        subject, kind = parts[1], parts[-1]
        if subject not in SUBJECTS:
            continue
        for name, node in imported(path, root, tree):
            _, other, *rest = (*name.split("."), "", "")
            if not is_under(name, "portal") or other not in SUBJECTS:
                continue
            if SUBJECTS.index(other) > SUBJECTS.index(subject):
                yield f"{at(path, root, node)} imports {name}, which stands above {subject}"
            if other != subject and rest[0] in ("pages", "api"):
                yield f"{at(path, root, node)} imports {name}, another subject's pages"
            if rest[0] in ABOVE.get(kind, ()):
                yield f"{at(path, root, node)} imports {name}, and {kind} stand below"


def ceilings(root: Path) -> Complaints:
    """No file over 300 lines, no function over 60; templates and migrations are exempt."""
    for path, tree, lines in sources(root, *PACKAGES, "tests", "bench", "demo", "packaging"):
        if "versions" in path.parts:
            continue
        if len(lines) > LONGEST_FILE:
            yield f"{path.relative_to(root)} has {len(lines)} lines"
        for node, length in functions(tree):
            if length > LONGEST_FUNCTION:
                yield f"{at(path, root, node)} {node.name} has {length} lines"


def medians(root: Path) -> Complaints:
    """Half of a package's functions have at most ten lines."""
    for package in PACKAGES:
        lengths = [n for _, tree, _ in sources(root, package) for _, n in functions(tree)]
        if lengths and statistics.median(lengths) > MEDIAN_FUNCTION:
            yield f"{package}: the median function has {statistics.median(lengths)} lines"


def functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node, node.end_lineno - node.lineno + 1


def broad_excepts(root: Path) -> Complaints:
    """The agent catches everything in two places: around a sensor and in its outermost loop."""
    found = [
        f"{at(path, root, node)} catches everything"
        for path, tree, _ in sources(root, "agent", "shared", "owner", "licensing")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type)
    ]
    in_agent = [line for line in found if line.startswith("agent")]
    yield from (line for line in found if line not in in_agent)
    if len(in_agent) > 2 or sum(line.startswith("agent/sensors") for line in in_agent) > 1:
        yield from in_agent


def catches_everything(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException"))
        for name in names
    )


def platform_questions(root: Path) -> Complaints:
    """Which system this is gets asked in agent/hosts, and in agent/kernel, which weighs less."""
    asked = {("sys", "platform"), ("os", "name"), ("platform", "system"), ("os", "uname")}
    for path, tree, _ in sources(root, "agent"):
        if path.relative_to(root).parts[1] in ("hosts", "kernel"):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            if (node.value.id, node.attr) in asked:
                yield f"{at(path, root, node)} asks {node.value.id}.{node.attr}"


def hidden_imports(root: Path) -> Complaints:
    """An import inside a function says why it is there, on its line or above the first of them."""
    for path, tree, lines in sources(root, *PACKAGES):
        for function, _ in functions(tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    first = first_of_its_block(lines, node.lineno)
                    if not (has_a_why(lines, node.lineno) or has_a_why(lines, first)):
                        yield f"{at(path, root, node)} imports inside {function.name} without a why"


def first_of_its_block(lines: list[str], number: int) -> int:
    while number > 1 and lines[number - 2].lstrip().startswith(("import ", "from ")):
        number -= 1
    return number


def has_a_why(lines: list[str], number: int) -> bool:
    here, above = lines[number - 1], lines[number - 2] if number > 1 else ""
    comment = here.partition("#")[2].strip()
    return bool(comment and not comment.startswith("noqa")) or above.lstrip().startswith("#")


def shadows(root: Path) -> Complaints:
    """packaging/ is no package: it would hide the one of that name which pip and others need."""
    if (root / "packaging" / "__init__.py").exists():
        yield "packaging/__init__.py exists"


RULES: dict[Callable[[Path], Complaints], tuple[str, str]] = {
    walls: ("agent/a.py", "from portal.db import x"),
    hazmat: ("agent/a.py", "from cryptography.hazmat.primitives import hashes"),
    subjects: ("portal/audit/models.py", "from portal.accounts.models import Account"),
    ceilings: ("portal/a.py", "x = 1\n" * 301),
    medians: ("owner/a.py", "def f():\n" + "    x = 1\n" * 11),
    broad_excepts: ("shared/a.py", "try:\n    pass\nexcept Exception:\n    pass"),
    platform_questions: ("agent/a.py", "import sys\nx = sys.platform"),
    hidden_imports: ("owner/a.py", "def f():\n    import json\n"),
    shadows: ("packaging/__init__.py", ""),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Callable[[Path], Complaints]) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_house_that_breaks_it_is_found_out(
    rule: Callable[[Path], Complaints], tmp_path: Path
) -> None:
    name, text = RULES[rule]
    plant(tmp_path, name, text)
    assert len(list(rule(tmp_path))) >= 1
    assert not [other for other in RULES if other is not rule and list(other(tmp_path))]


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (walls, "owner/a.py", "import agent.beat"),
        (walls, "shared/a.py", "import requests"),
        (walls, "shared/a.py", "from licensing import plan"),
        (walls, "licensing/a.py", "import portal"),
        (walls, "agent/a.py", "from licensing import issue"),
        (walls, "owner/a.py", "import licensing.billing.stripe"),
        (walls, "portal/a.py", "from tests.cast import ALICE"),
        (walls, "agent/sensors/a.py", "from ...portal import db"),
        (hazmat, "shared/media.py", "import cryptography.cobblestone"),
        (subjects, "portal/thefts/models.py", "from portal.devices import operations"),
        (subjects, "portal/thefts/pages.py", "from portal.devices.pages import show"),
        (subjects, "portal/thefts/api.py", "from portal.devices import api"),
        (subjects, "portal/thefts/operations.py", "from portal.thefts.api import F"),
        (ceilings, "tests/a.py", "def f():\n" + "    x = 1\n" * 60),
        (broad_excepts, "agent/a.py", "try:\n    pass\nexcept:\n    pass\n" * 3),
        (broad_excepts, "owner/a.py", "try:\n    pass\nexcept (OSError, Exception):\n    pass"),
        (platform_questions, "agent/supervisor.py", "import os\nx = os.name"),
        (hidden_imports, "agent/a.py", "def f():\n    import json  # noqa: PLC0415\n"),
    ],
)
def test_each_way_of_breaking_it_is_found_out(
    rule: Callable[[Path], Complaints], name: str, text: str, tmp_path: Path
) -> None:
    plant(tmp_path, name, text)
    assert len(list(rule(tmp_path))) >= 1


def test_what_is_allowed_is_not_complained_about(tmp_path: Path) -> None:
    plant(tmp_path, "portal/thefts/operations.py", "from portal.devices import operations")
    plant(tmp_path, "portal/jobs.py", "from licensing import issue")
    plant(tmp_path, "agent/hosts/linux.py", "import sys\nx = sys.platform")
    plant(tmp_path, "agent/kernel/__init__.py", "import sys\nx = sys.platform")
    plant(
        tmp_path,
        "agent/b.py",
        "def f():\n    # kept out of the parent\n    import cv2\n    import x",
    )
    plant(tmp_path, "agent/c.py", "try:\n    pass\nexcept Exception:\n    pass\n" * 2)
    assert [line for rule in RULES for line in rule(tmp_path)] == []


def plant(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text + "\n", encoding="utf-8")
