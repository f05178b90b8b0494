"""`homeward pack` against a real portal, and `homeward verify` by somebody who has nothing else."""

import zipfile
from pathlib import Path

import pytest

from owner import cli, pack
from owner.errors import NotSound
from owner.pack import Choice
from owner.signing import Unlocked
from shared import crypto, packcheck, vault, zipped
from tests.cast import NOW
from tests.owner.conftest import Ran, Run
from tests.owner.http_laptop import JPEG, HttpLaptop
from tests.owner.story import Story, without_body


@pytest.fixture
def theft(laptop: HttpLaptop, run: Run, name: str) -> HttpLaptop:
    """An hour at home, a theft with a picture, and home again."""
    laptop.report()
    assert run("stolen", name, "--json").code == 0
    laptop.live()
    laptop.report()
    assert run("recovered", name, "--json").code == 0
    laptop.live()
    return laptop


@pytest.fixture
def officer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """A computer without account, portal or password."""

    def typed(*words: str) -> Ran:
        with monkeypatch.context() as there:
            for variable in ("HOMEWARD_PORTAL", "HOMEWARD_PASSWORD_FILE"):
                there.delenv(variable, raising=False)
            there.setenv("HOMEWARD_HOME", str(tmp_path / "nobody"))
            code = cli.main(list(words))
        read = capsys.readouterr()
        return Ran(code, read.out, read.err)

    return typed


@pytest.fixture
def packed(theft: HttpLaptop, run: Run, name: str, tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"
    made = run("pack", name, "--out", str(path), "--json")
    assert made.code == 0, made.err
    assert made.said["shown"] == [1, 2]
    assert made.said["pictures"] == 2
    return path


def test_an_officer_without_account_finds_that_everything_holds(packed: Path, officer: Run) -> None:
    said = officer("verify", str(packed), "--json").said
    assert said["verified"]
    assert said["reports"] == 3
    assert [one["seq"] for one in said["shown"]] == [1, 2]
    first = said["shown"][0]
    assert first["record"]["why"] == "stolen"
    assert first["sighting"]["ip"] == "127.0.0.1"
    assert first["media"] == ["media/000001-0.jpg"]
    assert first["received"] is not None
    assert not (packed.parent / "nobody").exists()


def test_any_program_unpacks_it(packed: Path, name: str, theft: HttpLaptop) -> None:
    with zipfile.ZipFile(packed) as unpacked:
        assert unpacked.testzip() is None
        assert unpacked.read("media/000001-0.jpg") == JPEG
        assert name in unpacked.read("README.txt").decode()
        page = unpacked.read("report.html").decode()
        verifier = unpacked.read("verify.html").decode()
    assert "<script" not in page
    assert "../Front: camera" in page
    assert "default-src 'none'" in page
    assert "connect-src" not in verifier


def test_every_file_flipped_once_is_named(packed: Path, officer: Run, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    path = tmp_path / "changed.zip"
    for entry in zipfile.ZipFile(packed).infolist():
        file, changed = entry.filename, bytearray(whole)
        changed[entry.header_offset + 30 + len(file) + entry.file_size // 2] ^= 1
        path.write_bytes(changed)
        ran = officer("verify", str(path), "--json")
        assert (ran.code, ran.said["finding"]["file"]) == (1, file)
        assert file in ran.said["finding"]["sentence"]


def test_a_person_reads_what_it_proves_and_what_not(packed: Path, officer: Run) -> None:
    ran = officer("verify", str(packed))
    assert ran.code == 0
    assert "Everything in this pack holds." in ran.out
    assert "does not prove" in " ".join(ran.out.split())
    changed = packed.with_name("changed.zip")
    changed.write_bytes(packed.read_bytes().replace(JPEG, JPEG[::-1], 1))
    ran = officer("verify", str(changed))
    assert ran.code == 1
    assert ran.out.startswith("media/000001-0.jpg was damaged or changed")
    assert "[damaged]" in ran.out


def test_only_the_chosen_reports_are_shown(
    theft: HttpLaptop, run: Run, officer: Run, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "one.zip"
    assert run("pack", name, "--out", str(path), "--only", "0,2", "--json").said["shown"] == [0, 2]
    said = officer("verify", str(path), "--json").said
    assert [one["seq"] for one in said["shown"]] == [0, 2]
    assert said["reports"] == 3
    assert "records/000001.json" not in zipped.read(path.read_bytes())


def test_a_date_reaches_further_back_than_the_theft(
    theft: HttpLaptop, run: Run, name: str, tmp_path: Path
) -> None:
    words = ("pack", name, "--out", str(tmp_path / "all.zip"), "--since", "2020-01-01", "--json")
    assert run(*words).said["shown"] == [0, 1, 2]


def test_a_report_that_is_not_there_is_no_choice(
    theft: HttpLaptop, run: Run, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "none.zip"
    assert run("pack", name, "--out", str(path), "--only", "9", "--json").refusal == "bad-input"
    assert not path.exists()


def test_nothing_is_written_over(packed: Path, run: Run, name: str) -> None:
    before = packed.read_bytes()
    again = run("pack", name, "--out", str(packed), "--json")
    assert again.refusal == "would-overwrite"
    assert packed.read_bytes() == before


def test_no_pack_is_signed_without_the_password(
    theft: HttpLaptop, run: Run, home: Path, name: str, tmp_path: Path
) -> None:
    (home / "password").write_text("seven quiet otters drown\n")
    path = tmp_path / "forged.zip"
    assert run("pack", name, "--out", str(path), "--json").code == 1
    assert not path.exists()


def test_what_mallory_calls_a_camera_stays_text(
    theft: HttpLaptop, run: Run, officer: Run, name: str, tmp_path: Path
) -> None:
    evil = "<img src=x onerror=alert(1)>{laptop}\x1b[2J\u202e"
    theft.camera_name = evil
    assert run("stolen", name, "--json").code == 0
    theft.live()
    path = tmp_path / "evil.zip"
    assert run("pack", name, "--out", str(path), "--json").code == 0
    page = zipped.read(path.read_bytes())["report.html"].decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{laptop}" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert officer("verify", str(path)).code == 0


@pytest.mark.parametrize("content", [b"", b"PK", b"not a pack at all" * 9])
def test_what_is_no_pack_is_said_to_be_none(content: bytes, officer: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    ran = officer("verify", str(path), "--json")
    assert (ran.code, ran.said["finding"]["code"]) == (1, "not-a-pack")


def test_a_file_that_is_not_there_is_asked_for(officer: Run, tmp_path: Path) -> None:
    assert officer("verify", str(tmp_path / "nothing.zip"), "--json").refusal == "bad-input"


def made_of(story: Story, choice: Choice | None = None) -> bytes:
    """What Alice would hand out, were this what her portal shows."""
    result = story.check()
    shown = pack.choose(result, choice or Choice())
    key = Unlocked(vault.Account(bytes(16), bytes(32), 1), story.owner)
    return pack.make(pack.Chosen(result, shown, []), story.trust(), key, NOW)


def test_no_pack_is_made_of_a_chain_with_a_hole() -> None:
    story = Story().tell(4)
    del story.rows[1]
    with pytest.raises(NotSound, match="does not follow the report before it") as refused:
        made_of(story)
    assert refused.value.code == "broken-chain"


def test_a_report_whose_content_was_erased_is_not_shown_and_breaks_nothing() -> None:
    story = Story().tell(3)
    story.rows[1] = without_body(story.rows[1])
    checked = packcheck.check(made_of(story))
    assert (checked.reports, [one.seq for one in checked.shown]) == (3, [0, 2])


def test_a_lost_memory_is_said_and_breaks_nothing() -> None:
    story = Story().tell(2)
    story.check_in(story.new_segment(NOW))
    assert packcheck.check(made_of(story)).segments == (NOW,)


def test_a_portal_key_nobody_pinned_vouches_for_nothing() -> None:
    story = Story().tell(2)
    pinned, story.portal = story.portal, crypto.SigningKey.generate()
    story.check_in(story.report())
    story.portal = pinned
    checked = packcheck.check(made_of(story))
    assert (checked.reports, checked.receipts) == (3, 2)
    assert checked.shown[2].received is None


def test_without_a_theft_everything_may_be_shown() -> None:
    assert len(packcheck.check(made_of(Story().tell(2))).shown) == 2
