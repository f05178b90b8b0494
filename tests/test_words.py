"""What people read sells no spying on anybody and calls nobody a thief, in each language."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READ = ("agent", "owner", "portal", "shared", "licensing", "docs")
KINDS = {".html", ".txt", ".po", ".md", ".py", ".ts"}
NOBODYS_WORDS = re.compile(
    r"\b(spy|spies|spying|spyware|secretly|cheat(s|er|ing)?|stealth\w*|undetect\w+|covert(ly)?"
    r"|thief|thieves|keylog\w*|espi(a|ar|amos|onaje)|esp[ií]as?|a escondidas|infidelidad"
    r"|indetectable\w*|ladr[oó]n|ladrones)\b"
    r"|(track|monitor|watch) your (child|kid|partner|husband|wife|girlfriend|boyfriend|employee)",
    re.IGNORECASE,
)


def read_by_people() -> list[Path]:
    files = [path for name in READ for path in (ROOT / name).rglob("*") if path.suffix in KINDS]
    shown = [path for path in files if not {"node_modules", "build"} & set(path.parts)]
    return [*shown, ROOT / "README.md", ROOT / "CHANGELOG.md"]


def test_no_page_letter_or_document_has_such_words() -> None:
    files = read_by_people()
    assert len(files) > 300
    found = {
        str(path.relative_to(ROOT)): word[0]
        for path in files
        if (word := NOBODYS_WORDS.search(path.read_text("utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "sentence",
    ["It secretly follows them.", "Catch the thief!", "Track your kids.", "Es indetectable.",
     "Atrape al ladrón.", "The best spyware"],
)  # fmt: skip
def test_such_words_are_found(sentence: str) -> None:
    assert NOBODYS_WORDS.search(sentence)
