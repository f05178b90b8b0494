"""A fleet of paired laptops written straight into a portal's database, and what they send."""

from pathlib import Path

from sqlalchemy.orm import Session

from portal import db
from portal.accounts.models import Account
from portal.devices.models import Device, DeviceOrders
from portal.settings import Settings, from_environment
from shared.readings import Circumstances, Fix, Gateway, Interface, Network, Power, report
from tests.cast import NOW, Laptop, Owner


def make_portal(folder: Path, port: int = 8080) -> Settings:
    """A data folder with an empty database."""
    settings = from_environment(environment(folder, port))
    engine = db.make_engine(settings)
    db.migrate(engine)
    engine.dispose()
    return settings


def environment(folder: Path, port: int) -> dict[str, str]:
    return {"HOMEWARD_DATA_DIR": str(folder), "HOMEWARD_LISTEN": f"127.0.0.1:{port}"}


def pair(settings: Settings, count: int, now: int = NOW) -> list[Laptop]:
    """Laptops of one owner, as if each had been paired through the API."""
    owner, laptops = Owner("fleet@example.com"), [Laptop() for _ in range(count)]
    engine = db.make_engine(settings)
    with Session(db.for_writing(engine)) as session:
        session.add(_account(owner, now))
        session.flush()
        for laptop in laptops:
            owner.adopt(laptop, now)
            laptop.learn(owner.laptops[laptop.id].newest)
            _add(session, owner, laptop, now)
        session.commit()
    engine.dispose()
    return laptops


def _account(owner: Owner, now: int) -> Account:
    return Account(
        id=owner.account.id, email_norm=owner.email, account_salt=owner.account_salt,
        kdf_m=65_536, kdf_t=3, kdf_p=1, verifier=bytes(32), recovery_verifier=bytes(32),
        owner_key=owner.signing.public, owner_opening_key=owner.opening.public,
        recovery_key=owner.recovery_key.public, ak_gen=1, directory_version=1,
        directory_sealed=b"", created=now,
    )  # fmt: skip


def _add(session: Session, owner: Owner, laptop: Laptop, now: int) -> None:
    given = owner.laptops[laptop.id].newest
    device = Device(
        id=laptop.id, account_id=owner.account.id, device_key=laptop.signing.public,
        command_key=laptop.opening.public, paired=now, vault_epoch=given.will.vault_epoch,
        vault_key=given.will.vault_key, orders_serial=given.serial,
    )  # fmt: skip
    session.add(device)
    session.flush()
    session.add(
        DeviceOrders(
            device_number=device.number, serial=given.serial, raw=given.raw, hash=given.hash,
            received=now,
        )
    )  # fmt: skip


def hourly_report() -> bytes:
    """What a laptop at home says every hour: a fix, its network, its power, its last receipt."""
    moment = Circumstances(
        NOW, 86_400.25, "7d1f2a54-9c1b-4a0e-8a55-0d7c3f7f8f11", 1, "A" * 246, {"checkins": 1200}
    )
    wifi = Interface(
        "wlp0s20f3", "5c:80:b6:12:34:56", ("192.168.178.43", "fe80::5e80:b6ff:fe12:3456")
    )
    wired = Interface("enp0s31f6", "8c:16:45:12:34:56", ())
    routers = (Gateway("192.168.178.1", "5c:80:b6:12:34:57"),)
    return report("hourly", moment, {
        "location": Fix(52.520008, 13.404954, 35.0, "wifi", NOW),
        "address": Network((wifi, wired), routers, ("192.168.178.1", "fd00::1")),
        "power": Power(83.0, True, None, 91.5, 120),
    })  # fmt: skip


def request(port: int, laptop: Laptop, body: bytes, now: int) -> bytes:
    """One check-in as bytes on a kept-open connection."""
    authorization = laptop.authorization(body, now)["Authorization"]
    return post(port, "/api/v1/check-in", body, f"Authorization: {authorization}\r\n")


def post(port: int, path: str, body: bytes, headers: str = "") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
