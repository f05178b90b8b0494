"""The program that acts as root, started as systemd does: one for each connection."""

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace

from agent import pins
from agent.commands.outcome import Outcome
from shared.encoding import from_json


class Helper:
    """Alice is pinned by root; the agent's settings say where it listens."""

    def __init__(self, laptop, folder):
        self.laptop = laptop
        self.state, self.address = folder / "root", folder / "action.socket"
        self.file = folder / "agent.toml"
        self.file.write_text(
            f'portal = "{laptop.settings.portal}"\nstate_dir = "{laptop.settings.state_dir}"\n'
            f'action_socket = "{self.address}"\naction_state = "{self.state}"\n'
        )
        self.settings = replace(
            laptop.settings, action_socket=self.address, action_state=self.state
        )
        pins.pin(self.state, laptop.device.first_orders)
        self.started = []

    def start(self, connection, **how):
        program = [sys.executable, "-I", "-m", "agent.action", "--settings", str(self.file)]
        self.started.append(subprocess.Popen(program, stdin=connection.fileno(), **how))
        return self.started[-1]

    def told(self, line, **how):
        """What it says to this line, and its exit code."""
        ours, its = socket.socketpair()
        with ours, its:
            program = self.start(its, **how)
            its.close()
            ours.sendall(line)
            with ours.makefile("rb") as stream:
                said = [Outcome.from_json(from_json(one)) for one in stream]
        return [(one.result, one.detail) for one in said], program.wait(60)

    @contextmanager
    def listening(self):
        """As homeward-action.socket does, with Accept=yes."""
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.address))
            door.listen()
            threading.Thread(target=self._accept, args=(door,), daemon=True).start()
            yield
            door.shutdown(socket.SHUT_RDWR)

    def _accept(self, door):
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            with connection:
                self.start(connection)
