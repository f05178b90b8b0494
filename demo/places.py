"""A city database small enough to make on the spot; it knows one made-up city, on loopback."""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

CITY = "Demo City (made up)"
LATITUDE, LONGITUDE = 52.2297, 21.0122


def write_city_database(path: Path) -> None:
    """Write a GeoLite2-City shaped file in which every loopback address lies in Demo City."""
    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    place = {
        "city": {"names": {"en": CITY}},
        "country": {"iso_code": "ZZ", "names": {"en": "Demoland (made up)"}},
        "location": {"latitude": LATITUDE, "longitude": LONGITUDE, "accuracy_radius": 20},
    }
    writer.insert_network(IPSet(["127.0.0.0/8", "::1/128"]), place)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.to_db_file(str(path))
