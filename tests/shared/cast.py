"""The cast of these tests: Alice and her laptop with fixed keys, and everyone they must not be
mixed up with. Fixed, so that a failure shows the same bytes twice.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from shared import orders
from shared.crypto import OpeningKey, SigningKey
from shared.errors import ProtocolError
from shared.orders import Orders, Standing, Theft, Will
from shared.pairing import Offer

NOW = 1_800_000_000_000
DAY = 86_400_000


def seed(name: str) -> bytes:
    return hashlib.sha256(b"homeward tests: " + name.encode()).digest()


ALICE = SigningKey.from_seed(seed("alice"))
ALICE_RECOVERY = SigningKey.from_seed(seed("alice recovery"))
ALICE_VAULT = OpeningKey.from_raw(seed("alice vault"))
BOB = SigningKey.from_seed(seed("bob"))
BOB_VAULT = OpeningKey.from_raw(seed("bob vault"))
MALLORY = SigningKey.from_seed(seed("mallory"))
PORTAL = SigningKey.from_seed(seed("portal"))
LAPTOP = SigningKey.from_seed(seed("laptop"))
LAPTOP_COMMANDS = OpeningKey.from_raw(seed("laptop commands"))
OFFER = Offer(LAPTOP.public, LAPTOP_COMMANDS.public)
DEVICE = OFFER.device_id
OTHER_DEVICE = seed("another laptop")[:16]


def will(**changes: Any) -> Will:
    """What Alice wants of a laptop at home, with changes."""
    wanted: dict[str, Any] = {
        "standing": Standing.HOME,
        "t": NOW,
        "owner": ALICE.public,
        "recovery": ALICE_RECOVERY.public,
        "vault_epoch": 1,
        "vault_key": ALICE_VAULT.public,
    }
    return Will(**wanted | changes)


def stolen(**changes: Any) -> Will:
    theft = Theft(id="t1", since=NOW, until=NOW + 30 * DAY)
    return will(**{"standing": Standing.STOLEN, "theft": theft} | changes)


FIRST = orders.make(DEVICE, None, will(), ALICE)


def nxt(wanted: Will, by: SigningKey = ALICE, after: Orders = FIRST) -> Orders:
    """The next orders, signed by anyone."""
    return orders.make(DEVICE, after, wanted, by)


def given_to(held: Orders | None, new: Orders, now: int = 0) -> None:
    """Alice's laptop, which holds `held`, is given `new`."""
    orders.accept(new, held, DEVICE, ALICE.public, now)


def flips(raw: bytes) -> Iterator[bytes]:
    """Every document that differs from `raw` in one bit."""
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def accepted(documents: Iterator[bytes], check: Callable[[bytes], object]) -> list[bytes]:
    """Those of `documents` that `check` does not refuse with a ProtocolError."""
    passed = []
    for document in documents:
        with suppress(ProtocolError):
            check(document)
            passed.append(document)
    return passed


def refuses_or_reads(check: Callable[..., object], *arguments: Any) -> None:
    """Whatever the arguments hold, nothing but a ProtocolError may come out."""
    with suppress(ProtocolError):
        check(*arguments)


@st.composite
def mutants(draw: st.DrawFn, genuine: bytes) -> bytes:
    """A genuine document, cut, stretched or overwritten somewhere."""
    start = draw(st.integers(0, len(genuine)))
    end = draw(st.integers(start, min(len(genuine), start + 40)))
    return genuine[:start] + draw(st.binary(max_size=40)) + genuine[end:]


def garbage(genuine: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(st.binary(max_size=400), mutants(genuine), mutants(genuine).flatmap(mutants))


# Everything a JSON parser of another kind could have let through: NaN, infinities, numbers no
# float holds, lone surrogates.
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**53 + 1, 2**64, -(2**70), 10**400, -1])
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\ud800", "\udfff", "\0", "A" * 43, "stolen", "home", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands inside a JSON value."""
    yield here
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for name, item in inner:
        yield from paths(item, (*here, name))


@st.composite
def disfigured(draw: st.DrawFn, genuine: dict[str, Any]) -> Any:
    """A genuine JSON object with one thing in it replaced or missing."""
    value = copy.deepcopy(genuine)
    *way, last = draw(st.sampled_from([path for path in paths(value) if path]))
    place = value
    for name in way:
        place = place[name]
    if isinstance(place, dict) and draw(st.booleans()):
        del place[last]
    else:
        place[last] = draw(JSON_VALUES)
    return value


def loose_json(value: Any) -> bytes:
    """JSON as a careless writer makes it: NaN, Infinity and lone surrogates included."""
    return json.dumps(value).encode()
