"""An evidence pack: what it holds, and that nothing in it can be changed unnoticed."""

import io
import struct
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import pack, packcheck, zipped
from shared.errors import ProtocolError, TooLarge
from shared.packcheck import Checked
from shared.packerrors import BrokenPack
from tests.cast import NOW
from tests.pack_story import JPEG, Forgery, PackStory, forgeries, resigned, rezipped

STORY = PackStory()
CONTENTS = STORY.contents()
WHOLE = pack.make(CONTENTS, STORY.owner)


def broken(data: bytes) -> BrokenPack:
    with pytest.raises(BrokenPack) as refused:
        packcheck.check(data)
    return refused.value


def test_a_stranger_reads_what_was_shown_and_nothing_else() -> None:
    checked = packcheck.check(WHOLE)
    assert isinstance(checked, Checked)
    assert checked.owner == STORY.owner.public
    assert (checked.reports, checked.receipts, checked.segments) == (6, 3, (NOW,))
    assert checked.manifest.laptop == "Alice's <laptop> & {made}"
    two, three = checked.shown
    assert (two.seq, two.received, two.sighting, two.media) == (2, NOW + 60_000, None, ())
    assert two.record is not None
    assert two.record["why"] == "stolen"
    assert (three.seq, three.media) == (3, ("media/000003-0.jpg",))
    assert three.sighting is not None
    assert three.sighting["city"] == "Warsaw"


def test_any_program_unpacks_it() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == zipped.read(WHOLE)
        assert opened.read("media/000003-0.jpg") == JPEG


def test_nothing_of_a_report_that_is_not_shown_stands_in_the_pack() -> None:
    salts = packcheck.check(WHOLE).manifest.salts
    assert set(salts) == {"records/000002.json", "records/000003.json", "sightings/000003.json"}
    assert b"hourly" not in WHOLE
    assert STORY.vault.pkcs8[16:] not in WHOLE


def flips() -> Iterator[tuple[str, int]]:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as opened:
        for entry in opened.infolist():
            start = entry.header_offset
            for at in range(start, start + 30 + len(entry.filename) + entry.file_size):
                yield entry.filename, at


def test_every_flipped_byte_is_named_with_its_file() -> None:
    """The whole way down to the table at the end, which is named as a table or with the file."""
    named = 0
    for file, at in flips():
        error = broken(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :])
        assert (error.code, error.file) == ("damaged", file)
        assert file in str(error)
        named += 1
    for at in range(named, len(WHOLE)):
        assert broken(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :]).code == "damaged"


@pytest.mark.parametrize("forgery", forgeries(STORY).values(), ids=forgeries(STORY))
def test_not_even_the_owner_can_sign_what_laptop_and_portal_did_not(forgery: Forgery) -> None:
    error = broken(pack.make(forgery.edit(CONTENTS), STORY.owner))
    assert (error.code, error.file) == (forgery.code, forgery.file)


def test_a_manifest_speaks_for_nobody_but_the_owner() -> None:
    for code, file, data in resigned(STORY, CONTENTS):
        error = broken(data)
        assert (error.code, error.file) == (code, file)


def test_no_file_can_be_exchanged_lost_or_put_in() -> None:
    for code, file, data in rezipped(WHOLE):
        error = broken(data)
        assert (error.code, error.file) == (code, file)


def with_zipfile(files: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../up.txt", "/etc/passwd", "a/../b", "a\\b", "C:x", "a/b/c", "a//b", "./a", ".hidden",
     "a\x1b[2J", "", "caf\u00e9", "a/", "x" * 200],
)  # fmt: skip
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    files = zipped.read(WHOLE)
    assert broken(with_zipfile({**files, name: b"x"})).code in ("damaged", "not-a-pack")


def test_a_bomb_is_refused_before_it_opens() -> None:
    bomb = with_zipfile({"README.txt": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    assert broken(bomb).code == "damaged"


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as made:
        made.writestr(zipfile.ZipInfo("README.txt"), b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr(zipfile.ZipInfo("README.txt"), b"two")
    assert broken(twice.getvalue()).code == "damaged"


def test_one_name_for_two_files_is_refused_in_our_own_form_of_zip() -> None:
    two = zipped.write({"media/1.jpg": b"1", "media/2.jpg": b"2"})
    assert broken(two.replace(b"media/2.jpg", b"media/1.jpg")).code == "damaged"


def test_nothing_hides_behind_files_whose_table_knows_better() -> None:
    at = WHOLE.index(b"PK\1\2")
    for moved in (WHOLE[:at] + b"hidden" + WHOLE[at:], WHOLE[:-22] + b"hidden" + WHOLE[-22:]):
        told = bytearray(moved)
        where = at + 6 if moved[at : at + 6] == b"hidden" else at
        size = len(moved) - 22 - where
        struct.pack_into("<II", told, len(told) - 10, size, where)
        assert broken(bytes(told)).code == "damaged"


def test_nothing_hides_between_before_or_behind_the_files() -> None:
    for data in (b"#!" + WHOLE, WHOLE + b"more", WHOLE[:-1], WHOLE[:100], WHOLE + WHOLE):
        assert broken(data).code in ("damaged", "not-a-pack")
    at = WHOLE.index(b"PK\1\2")
    assert broken(WHOLE[:at] + b"hidden" + WHOLE[at:]).code == "damaged"


def test_a_table_that_promises_more_than_there_is_is_refused() -> None:
    end = bytearray(WHOLE)
    struct.pack_into("<HH", end, len(end) - 14, 65_535, 65_535)
    assert broken(bytes(end)).code == "damaged"


def test_more_than_a_pack_may_hold_is_refused_before_it_is_written() -> None:
    with pytest.raises(TooLarge):
        zipped.write({f"media/{i:06}-0.jpg": b"" for i in range(zipped.MAX_FILES + 1)})


@given(st.binary(max_size=200))
def test_garbage_is_no_pack(data: bytes) -> None:
    assert broken(data).code in ("not-a-pack", "damaged")


@given(st.binary(max_size=300), st.booleans())
def test_a_garbled_manifest_raises_nothing_but_its_own_error(noise: bytes, json: bool) -> None:
    signed = b'{"v":1,' + noise if json else noise
    try:
        pack.parse_manifest(signed)
    except ProtocolError:
        return
    pytest.fail("noise passed for a manifest")
