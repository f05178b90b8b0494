"""The published vectors: what is fixed comes out again, what was sealed then opens now."""

import json
from typing import Any

import pytest

from shared import command, envelope, media, sighting
from shared.crypto import OpeningKey
from shared.envelope import Attachment
from shared.media import MediaKey
from shared.vault import Account, DirectoryKey, KeyKind, Slot, SlotType, WrappedKey, from_recovery
from tests.vectors import write


def stored(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((write.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    return stored("sealed")


def unhex(sample: dict[str, Any], *names: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(sample[name]) for name in names)


def account_of(sample: dict[str, Any]) -> Account:
    return Account(*unhex(sample, "account_id", "account_key"), sample["ak_gen"])


@pytest.mark.parametrize("make", [write.keys, write.documents])
def test_every_fixed_byte_comes_out_again(make: Any) -> None:
    assert make() == stored(make.__name__)


def test_the_samples_cover_what_is_sealed_today(samples: dict[str, Any]) -> None:
    fresh = write.sealed()
    assert {name: set(sample) for name, sample in samples.items()} == {
        name: set(sample) for name, sample in fresh.items()
    }


def test_the_sealed_bytes_open(samples: dict[str, Any]) -> None:
    private, info, plaintext, sealed = unhex(
        samples["hpke"], "private", "info", "plaintext", "sealed"
    )
    use, _, context = info.partition(b"\0")
    use = use.removeprefix(b"homeward/v1/")
    assert OpeningKey.from_raw(private).open(use.decode(), context, sealed) == plaintext


def test_the_slot_opens_to_the_account_key(samples: dict[str, Any]) -> None:
    sample = samples["slot"]
    code, account_id, slot_id, sealed, key = unhex(
        sample, "code", "account_id", "id", "sealed", "account_key"
    )
    slot = Slot(SlotType(sample["type"]), slot_id, sample["ak_gen"], sealed)
    assert slot.open(from_recovery(code), account_id) == key


def test_the_wrapped_key_unwraps(samples: dict[str, Any]) -> None:
    sample = samples["keyring"]
    kid, wrapped, pkcs8 = unhex(sample, "kid", "wrapped", "pkcs8")
    entry = WrappedKey(KeyKind(sample["kind"]), kid, wrapped)
    assert account_of(sample).unwrap_signing(entry).pkcs8 == pkcs8


def test_the_directory_opens(samples: dict[str, Any]) -> None:
    sample = samples["directory"]
    key: DirectoryKey = account_of(sample).directory_key
    assert key.open(sample["version"], *unhex(sample, "sealed")) == sample["directory"]


def test_the_envelope_verifies_and_opens(samples: dict[str, Any]) -> None:
    sample = samples["envelope"]
    private, public, wire, plaintext = unhex(
        sample, "vault_private", "device_public", "wire", "plaintext"
    )
    found = envelope.parse(wire)
    found.verify(public)
    assert found.open(OpeningKey.from_raw(private)).plaintext == plaintext
    assert found.attachments() == tuple(
        Attachment(bytes.fromhex(file["sha256"]), file["size"]) for file in sample["attachments"]
    )


def test_the_command_verifies_and_opens(samples: dict[str, Any]) -> None:
    sample = samples["command"]
    private, public, raw = unhex(sample, "command_private", "signer_public", "raw")
    found = command.parse(raw)
    found.verify(public)
    wish, parameters = found.open(OpeningKey.from_raw(private))
    assert (wish, parameters) == (sample["wish"], sample["parameters"])


def test_the_sighting_opens(samples: dict[str, Any]) -> None:
    sample = samples["sighting"]
    private, chain, commit, sealed = unhex(
        sample, "vault_private", "chain_hash", "commit", "sealed"
    )
    opened = sighting.open_sighting(sealed, chain, commit, OpeningKey.from_raw(private))
    assert opened == sighting.Sighting(**sample["sighting"])


def test_the_media_opens(samples: dict[str, Any]) -> None:
    sample = samples["media"]
    device, ciphertext, digest, plaintext = unhex(
        sample, "device_id", "ciphertext", "sha256", "plaintext"
    )
    listed = Attachment(digest, sample["size"])
    place = (device, sample["seq"], sample["index"])
    key = MediaKey.from_json(sample["key"])
    assert media.open_media(ciphertext, listed, key, place) == plaintext
