"""homeward license: in a terminal what the page Licenses says and does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from owner.licensed import sentences
from portal.cli import main
from tests.owner.conftest import Registered, Run, Served, portal_in, register
from tests.owner.http_laptop import HttpLaptop

LICENSING = {"HOMEWARD_LICENSES_SINCE": "2023-01-01"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that gives licenses out."""
    with portal_in(tmp_path_factory.mktemp("licensing"), **LICENSING) as made:
        yield made


@pytest.fixture(scope="module")
def registered(portal: Served, tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return register(portal, tmp_path_factory.mktemp("licensed-alice"))


@pytest.fixture
def key_file(portal: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    environment = {"HOMEWARD_DATA_DIR": str(portal.settings.data_dir)} | LICENSING
    assert main(["license", "issue", "--tier", "solo"], environment) == 0
    written = tmp_path / "key"
    written.write_text(capsys.readouterr().out)
    return written


def test_it_says_what_there_is_and_takes_a_key(
    run: Run, laptop: HttpLaptop, name: str, key_file: Path
) -> None:
    laptop.report()
    said: dict[str, Any] = run("license", "--json").said
    assert (said["tier"], said["seats"]) == ("trial", 2)
    assert said["laptops"] == [{"name": name, "seat": 1}]
    assert "1 of 2 seats are taken." in run("license").out
    assert run("license", "--seat", name, "--json").said == said, "it has one already"
    assert run("license", "--seat", "nothing", "--json").refusal == "unknown-laptop"
    said = run("license", "--key-file", str(key_file), "--json").said
    assert (said["tier"], said["state"], said["seats"]) == ("solo", "active", 1)
    assert run("license", "--key-file", str(key_file), "--json").refusal == "bad-license-key"


def test_laptops_beyond_the_license_are_named() -> None:
    laptops = [{"name": "Old", "seat": 1}, {"name": "New", "seat": None}]
    held = {"tier": "solo", "state": "active", "until": None, "seats": 1, "laptops": laptops}
    said = " ".join(sentences(held))
    assert "1 of 1 seats are taken." in said
    assert "without hourly reports: New." in said


def test_a_key_that_is_none_never_leaves_this_computer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("x" * 41)
    for path in (tmp_path / "long", tmp_path / "missing", tmp_path):
        assert run("license", "--key-file", str(path), "--json").refusal == "bad-input"
    assert run("license", "--enter", "--json").refusal == "bad-input", "nobody types anything"
