"""What the program that acts as root believes by itself: whom this laptop obeys, what was heard and
done. Written by root at pairing, in a folder that nobody else may write to.

The agent's own account speaks with the network. Whoever takes it over must not be able to say who
the owner is, that the laptop is stolen, or that a command was not carried out yet.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from agent import durable
from agent.commands.ledger import Ledger
from agent.errors import NotPaired, NotTrusted, StateDamaged
from agent.standing import Standing
from shared import orders
from shared.encoding import b64, unb64
from shared.errors import ProtocolError
from shared.orders import Orders

NAME = "owner.json"


def pin(folder: Path, first: Orders) -> None:
    """Believe these first orders, as the agent does, and forget all there was before."""
    forget(folder)
    durable.make_folder(folder, 0o700)
    Standing(folder, first).save()
    Ledger(folder).save()
    durable.write_json(folder / NAME, {"first_orders": b64(first.raw)})


def from_here_on(folder: Path) -> Callable[[Orders], None]:
    """Call as root, before this program goes on as another account: part of it stays root, and pins
    what the function it gives is called with, once. That one raises NotTrusted when it could not.
    """
    durable.make_folder(folder, 0o700)
    stays = subprocess.Popen(
        [sys.executable, "-I", "-m", "agent.pins", str(folder)], stdin=subprocess.PIPE
    )

    def pin_these(first: Orders) -> None:
        stays.communicate(first.raw)
        if stays.returncode:
            raise NotTrusted(f"The owner could not be written down in {folder}. Nothing is paired.")

    return pin_these


def load(folder: Path) -> Orders:
    """The first orders. Raises NotPaired, NotTrusted, StateDamaged."""
    for path in (folder, folder / NAME):
        _check_nobody_else_writes(path)
    data = durable.read_json(folder / NAME) or {}
    try:
        return orders.parse(unb64(data["first_orders"]))
    except (KeyError, TypeError, ProtocolError) as error:
        raise StateDamaged(NAME) from error


def forget(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _check_nobody_else_writes(path: Path) -> None:
    try:
        is_ = path.lstat()
    except FileNotFoundError:
        raise NotPaired("No owner is pinned here. Pair this laptop again as root.") from None
    others = stat.S_IWGRP | stat.S_IWOTH
    if is_.st_uid != os.geteuid() or is_.st_mode & others or stat.S_ISLNK(is_.st_mode):
        raise NotTrusted(f"{path} could have been written by somebody else.")


def main() -> int:
    folder, said = Path(sys.argv[1]), sys.stdin.buffer.read()
    if said:  # nothing, where the pairing did not come about
        pin(folder, orders.parse(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
