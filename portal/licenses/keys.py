"""homeward-portal license root, vouch: the keys behind what laptops believe of their licenses."""

import argparse
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from licensing.issue import vouch
from licensing.lease import LONGEST_CHAIN
from portal.context import system_clock
from portal.licenses import leases
from portal.settings import Settings
from shared.crypto import KEY_SIZE, SigningKey
from shared.encoding import b64, unb64
from shared.errors import Malformed

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


class NoRoot(RuntimeError):
    """Why a root key cannot be used, with the next step."""


def add_verbs(inside: Any) -> None:
    making = inside.add_parser("root", help="make a root key, to be kept offline")
    making.add_argument("file", type=Path, help="a new file; bring it to no server")
    making.set_defaults(verb=make_root)
    vouching = inside.add_parser("vouch", help="a fresh key for leases, vouched for by the root")
    vouching.add_argument("--root", type=Path, required=True, help="the root key's file")
    vouching.add_argument("--days", type=_days, default=LONGEST_CHAIN.days)
    vouching.set_defaults(verb=vouch_for_new)


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_CHAIN.days:
        raise argparse.ArgumentTypeError(f"a number from 1 to {LONGEST_CHAIN.days}")
    return int(text)


def make_root(settings: Settings, chosen: argparse.Namespace) -> int:
    """Prints the public half, which laptops' settings name as license_roots."""
    del settings
    seed = secrets.token_bytes(KEY_SIZE)
    try:
        file = os.open(chosen.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NoRoot(f"{chosen.file} cannot be made: {error.strerror}. Name a new file.") from error
    with os.fdopen(file, "w") as written:
        written.write(b64(seed) + "\n")
    print(b64(SigningKey.from_seed(seed).public))
    return 0


def vouch_for_new(settings: Settings, chosen: argparse.Namespace) -> int:
    root, seed, now = _root(chosen.root), secrets.token_bytes(KEY_SIZE), system_clock()
    public = SigningKey.from_seed(seed).public
    begins = now - leases.SKEW // timedelta(milliseconds=1)
    chain = vouch(root, public, begins, begins + chosen.days * _DAY_MS)
    leases.write_issuer(settings.data_dir, seed, chain)
    print(f"Leases are signed by a new key for {chosen.days} days. Take the root away again.")
    return 0


def _root(file: Path) -> SigningKey:
    try:
        return SigningKey.from_seed(unb64(file.read_text().strip()))
    except (OSError, Malformed, ValueError) as error:
        raise NoRoot(f"{file} is no root key. Make one: homeward-portal license root") from error
