"""The browser's protocol code against tests/vectors, both ways, under the portal's headers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from shared import command, crypto, media
from shared.command import Wish
from shared.encoding import b64, unb64
from shared.vault import Account, KeyKind, Slot, SlotType, WrappedKey, from_recovery
from tests.browser.windows import watched
from tests.vectors import write

FOLDER = Path(write.__file__).parent


def stored(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def vectors(browser: Browser, pages: str) -> Iterator[Page]:
    """One page for all: nothing here leaves a trace in it."""
    with watched(browser) as page:
        page.goto(f"{pages}/vectors.html")
        page.locator("html[data-ready]").wait_for(state="attached")
        yield page


def agrees(made: Any, wanted: Any, at: str = "") -> int:
    """Compare what was made with the same places of what is wanted; how many values agreed."""
    if isinstance(made, dict):
        return sum(agrees(value, wanted[name], f"{at}.{name}") for name, value in made.items())
    if isinstance(made, list):
        assert len(made) == len(wanted), at
        pairs = enumerate(zip(made, wanted, strict=True))
        return sum(agrees(one, other, f"{at}[{i}]") for i, (one, other) in pairs)
    assert made == wanted, at
    return 1


def test_the_browser_derives_every_fixed_byte_of_the_keys(vectors: Page) -> None:
    made = vectors.evaluate(
        "([keys, raw]) => vectors.keys(keys, raw)", [stored("keys"), write.seed("vault").hex()]
    )
    assert agrees(made, stored("keys")) == 20 + 12 + 19


def test_the_browser_makes_the_same_documents(vectors: Page) -> None:
    documents = stored("documents")
    made = vectors.evaluate("documents => vectors.documents(documents)", documents)
    assert made["envelope"].pop("body_matches")
    again = made["envelope"].pop("signed_again")
    assert again == documents["envelope"]["wire"][280:408]
    assert agrees(made, documents) == 6 + 7 + 4 + 5


def test_what_python_sealed_opens_in_the_browser(vectors: Page) -> None:
    samples = stored("sealed")
    opened = vectors.evaluate("sealed => vectors.sealed(sealed)", samples)
    assert opened.pop("hpke") == samples["hpke"]["plaintext"]
    assert opened.pop("slot") == samples["slot"]["account_key"]
    assert opened["keyring"].pop("extractable") is False
    assert opened.pop("directory") == samples["directory"]["directory"]
    seen = opened.pop("sighting")
    assert seen.pop("radiusKm") == samples["sighting"]["sighting"]["radius_km"]
    assert agrees(seen, samples["sighting"]["sighting"]) == 9
    assert agrees(opened, samples) == 1 + 3 + 1


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 3 * 16_384, 100_000])
def test_pictures_of_every_length_open_in_the_browser(vectors: Page, size: int) -> None:
    picture = bytes(i * 7 % 251 for i in range(size))
    made = media.seal(picture, "image/jpeg", write.DEVICE, 2**40 + 1, 31)
    opened = vectors.evaluate("v => vectors.openedMedia(v)", sample_of(made, 2**40 + 1, 31))
    assert bytes.fromhex(opened["plaintext"]) == picture


def sample_of(made: media.SealedMedia, seq: int, index: int) -> dict[str, Any]:
    return {
        "device_id": write.DEVICE.hex(), "seq": seq, "index": index,
        "ciphertext": made.ciphertext.hex(), "sha256": made.attachment.sha256.hex(),
        "size": made.attachment.size, "key": made.key.to_json(),
    }  # fmt: skip


@pytest.mark.parametrize("cut", [1, 16, 17, 16_400, 16_401])
def test_a_picture_that_was_cut_short_does_not_open(vectors: Page, cut: int) -> None:
    made = media.seal(bytes(16_384), "image/jpeg", write.DEVICE, 1, 0)
    sample = sample_of(made, 1, 0)
    whole = made.ciphertext[:-cut]
    sample |= {
        "ciphertext": whole.hex(), "size": len(whole), "sha256": crypto.sha256(whole).hex(),
    }  # fmt: skip
    with pytest.raises(Exception, match=r"cut off|changed since"):
        vectors.evaluate("v => vectors.openedMedia(v)", sample)


def test_a_picture_the_record_did_not_commit_to_is_refused(vectors: Page) -> None:
    sample = sample_of(media.seal(b"a picture", "image/jpeg", write.DEVICE, 1, 0), 1, 0)
    sample["key"]["commit"] = b64(bytes(32))
    with pytest.raises(Exception, match="not the one the record commits to"):
        vectors.evaluate("v => vectors.openedMedia(v)", sample)


@pytest.fixture
def made(vectors: Page) -> dict[str, Any]:
    sample = {
        "code": write.RECOVERY_CODE.hex(),
        "device_id": write.DEVICE.hex(),
        "command_public": write.COMMANDS.public.hex(),
    }
    fresh: dict[str, Any] = vectors.evaluate("sample => vectors.make(sample)", sample)
    return fresh


def account_of(made: dict[str, Any]) -> Account:
    return Account(bytes.fromhex(made["account_id"]), unb64(made["account_key"]), 3)


def test_what_the_browser_sealed_opens_in_python(made: dict[str, Any]) -> None:
    account = account_of(made)
    slot_id, sealed = bytes.fromhex(made["slot"]["id"]), unb64(made["slot"]["sealed"])
    slot = Slot(SlotType.RECOVERY, slot_id, 3, sealed)
    assert slot.open(from_recovery(write.RECOVERY_CODE), account.id) == account.key
    assert account.directory_key.open(5, unb64(made["directory"])) == {"names": ["Łódź"]}


def test_keys_the_browser_wrapped_unwrap_in_python(made: dict[str, Any]) -> None:
    account, owner, opening = account_of(made), unb64(made["owner"]), unb64(made["opening"])
    signing = WrappedKey(KeyKind.OWNER_SIGNING, crypto.key_id(owner), unb64(made["signing_key"]))
    assert account.unwrap_signing(signing).public == owner
    vault_key = WrappedKey(KeyKind.VAULT, crypto.key_id(opening), unb64(made["vault_key"]))
    assert account.unwrap_opening(vault_key).public == opening


def test_the_laptop_obeys_a_command_the_browser_made(made: dict[str, Any]) -> None:
    found = command.parse(unb64(made["command"]))
    found.verify(unb64(made["owner"]))
    assert found.open(write.COMMANDS) == (Wish.MESSAGE, {"text": "Zadzwoń — proszę"})
    assert (found.id.hex(), found.signer) == (
        made["command_id"],
        crypto.key_id(unb64(made["owner"])),
    )
    assert found.terms == command.Terms(write.DEVICE, 7, 1000, 2000, 4)


def test_every_flipped_bit_of_an_envelope_is_refused(vectors: Page) -> None:
    sample = stored("sealed")["envelope"]
    refused = vectors.evaluate(
        "([wire, device]) => vectors.flippedEnvelope(wire, device)",
        [sample["wire"], sample["device_public"]],
    )
    assert set(refused) <= {
        "protocol-error", "malformed", "unknown-suite", "too-large", "bad-signature",
    }  # fmt: skip


def test_every_flipped_bit_of_orders_is_refused(vectors: Page) -> None:
    raw = stored("documents")["orders"]["chain"][0]["raw"]
    refused = vectors.evaluate(
        "([raw, device, owner]) => vectors.flippedOrders(raw, device, owner)",
        [raw, write.DEVICE.hex(), write.OWNER.public.hex()],
    )
    assert set(refused) <= {
        "malformed", "unknown-suite", "too-large", "wrong-device", "unknown-signer",
        "bad-signature",
    }  # fmt: skip


def test_every_flipped_bit_of_a_picture_is_refused(vectors: Page) -> None:
    refused = vectors.evaluate("v => vectors.flippedMedia(v)", stored("sealed")["media"])
    assert set(refused) == {"cannot-open"}


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}', b'{"a":{"b":1,"\\u0062":2}}', b'{"a":NaN}', b'{"a":1e999}', b"[1]", b"1",
        b'{"a":"\\ud800"}', b'{"a":"\xff"}', b'\xef\xbb\xbf{"a":1}', b'{"a":1}x', b"",
        b'{"a":01}', b"{'a':1}", b'{"a":1,}',
    ],
)  # fmt: skip
def test_loose_json_is_refused(vectors: Page, text: bytes) -> None:
    assert vectors.evaluate("text => vectors.json(text)", b64(text)) == "malformed"


@pytest.mark.parametrize("text", [b'{"a":{"a":1},"b":[{"a":2}]}', b'{"a":"{\\"b\\":1,\\"b\\":1}"}'])
def test_json_that_only_looks_repeated_is_read(vectors: Page, text: bytes) -> None:
    assert vectors.evaluate("text => vectors.json(text)", b64(text)) is None


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "+/8", "AA\n", "AAB", "é"])
def test_base64_in_another_form_is_refused(vectors: Page, text: str) -> None:
    assert vectors.evaluate("text => vectors.base64(text)", text) == "malformed"


def test_an_offer_from_somebody_without_the_code_is_refused(vectors: Page) -> None:
    sample = stored("documents")["pairing"]
    mallory = sample["offer_mac"][:-2] + "00"
    arguments = [sample["secret"], sample["offer"], mallory]
    code = vectors.evaluate("([secret, raw, mac]) => vectors.offer(secret, raw, mac)", arguments)
    assert code == "bad-mac"


@pytest.mark.parametrize("sign", [0, 0x80])
def test_keys_of_small_order_sign_nothing(vectors: Page, sign: int) -> None:
    """This signature fits every message under the neutral point, and some under the others."""
    forged = bytes([1]) + bytes(63)
    for y in crypto._SMALL_ORDER:
        public = bytearray(y.to_bytes(32, "little"))
        public[31] |= sign
        arguments = [public.hex(), forged.hex()]
        refused = vectors.evaluate("([key, signed]) => vectors.verify(key, signed)", arguments)
        assert refused == "bad-signature"


@pytest.mark.parametrize(
    ("m", "t", "p", "least_m"),
    [
        (65_535, 3, 1, 0), (65_536, 2, 1, 0), (65_536, 3, 2, 0), (65_536, 3, 1, 65_537),
        (1_048_577, 3, 1, 0), (65_536, 11, 1, 0), (65_536.5, 3, 1, 0),
    ],
)  # fmt: skip
def test_weaker_or_absurd_hashing_is_refused(
    vectors: Page, m: float, t: int, p: int, least_m: int
) -> None:
    offered = [{"m": m, "t": t, "p": p}, {"m": least_m, "t": 3, "p": 1}]
    assert vectors.evaluate("([kdf, least]) => vectors.kdf(kdf, least)", offered) == "weak-kdf"
