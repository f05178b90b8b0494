"""docs/promises.md: what people are told, and the tests that show it.

Run by itself it runs exactly these tests, and says how many promises are kept.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTER = ROOT / "docs" / "promises.md"
NOT_YET = "not yet"
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$")
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


@dataclass(frozen=True, slots=True)
class Promise:
    """`tests` are node ids below the project's root; `missing` is what is not true yet, if any."""

    number: int
    sentence: str
    tests: tuple[str, ...]
    missing: str

    @property
    def is_kept(self) -> bool:
        return bool(self.tests) and not self.missing


def read(text: str) -> list[Promise]:
    """Every row of every table; a row that cannot be read is a ValueError."""
    return [_promise(line) for line in text.splitlines() if re.match(r"\| *\d", line)]


def _promise(line: str) -> Promise:
    row = _ROW.match(line)
    if row is None:
        raise ValueError(f"This row is not “| number | promise | kept by |”: {line}")
    number, sentence, proof = row.groups()
    tests = tuple(f"tests/{file}::{name}" for file, name in _TEST.findall(proof))
    rest = _TEST.sub("", proof).strip(" ·")
    if (rest and not rest.startswith(NOT_YET)) or (not rest and not tests):
        raise ValueError(f"Promise {number} names neither tests nor “{NOT_YET}”: {proof}")
    return Promise(int(number), sentence, tests, rest)


def unknown(promises: Sequence[Promise]) -> Iterator[str]:
    """Tests that are named and do not exist."""
    for promise in promises:
        for test in promise.tests:
            file, _, name = test.partition("::")
            if name not in _tests_in(ROOT / file):
                yield f"promise {promise.number}: {test}"


def _tests_in(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def main(arguments: Sequence[str]) -> int:
    promises = read(REGISTER.read_text("utf-8"))
    if lost := list(unknown(promises)):
        print("These tests do not exist; mend docs/promises.md:", *lost, sep="\n", file=sys.stderr)
        return 1
    tests = sorted({test for promise in promises for test in promise.tests})
    if "--list" in arguments:
        print(*tests, sep="\n")
        return 0
    code = subprocess.run([sys.executable, "-m", "pytest", "-n", "2", *tests], cwd=ROOT).returncode
    if code:
        print("A promise is broken: the tests above that failed say which.", file=sys.stderr)
        return code
    kept = sum(promise.is_kept for promise in promises)
    partly = sum(bool(promise.tests and promise.missing) for promise in promises)
    left = len(promises) - kept - partly
    print(f"Of {len(promises)} promises {kept} are kept, {partly} in part, {left} not yet.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
