"""The test laptop: a real Debian in QEMU, driven over ssh, whose power can be cut.

QEMU emulates in software, so everything takes up to forty times as long as on a laptop.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demo.processes import free_port

BOOT_S, WORD_S = 600, 600
QEMU = (
    "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536",
    "-display", "none", "-device", "virtio-rng-pci", "-device", "virtio-net-pci,netdev=net",
    "-device", "tpm-tis,tpmdev=tpm", "-tpmdev", "emulator,id=tpm,chardev=tpm",
    "-device", "intel-hda", "-device", "hda-output,audiodev=sound",
    "-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet",
)  # fmt: skip


class Said(str):
    """What a word on the laptop printed."""

    code: int = 0


class TestLaptop:
    """`folder` takes what it leaves: its disk, what the console said, what was heard."""

    __test__ = False  # for pytest: no test, whatever the name

    def __init__(self, image: Path, folder: Path, portal_port: int) -> None:
        self._image, self._folder, self._portal = image, folder, portal_port
        self._door = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._boots = 0
        disk = ["/bin/cp", "--sparse=always", str(image / "disk.raw"), str(folder / "disk.raw")]
        subprocess.run(disk, check=True)

    @property
    def sound(self) -> Path:
        """What the loudspeaker of this boot played."""
        return self._folder / f"sound-{self._boots}.wav"

    @property
    def console(self) -> str:
        return (self._folder / "console.log").read_text(errors="replace")

    def boot(self) -> None:
        """Switch it on, wait for its door, and give it a way to the portal."""
        self._boots += 1
        self._start_tpm()
        options = [
            "-kernel", str(self._image / "vmlinuz"), "-initrd", str(self._image / "initrd.img"),
            "-acpitable", f"file={self._image / 'ssdt.aml'}",
            # The host keeps what the laptop has synced; the rest goes with a kill.
            "-drive", f"file={self._folder / 'disk.raw'},format=raw,if=virtio,cache=unsafe",
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self._door}-:22",
            "-chardev", f"socket,id=tpm,path={self._folder / 'tpm.sock'}",
            "-audiodev", f"wav,id=sound,path={self.sound}",
            "-serial", f"file:{self._folder / 'console.log'}",
        ]  # fmt: skip
        self._start("qemu", [*QEMU, *options])
        self.wait_for(lambda: self.run("true", check=False, patience_s=20).code == 0, BOOT_S)
        self.plug_in()

    def _start_tpm(self) -> None:
        state = self._folder / "tpm"
        state.mkdir(exist_ok=True)
        door = self._folder / "tpm.sock"
        door.unlink(missing_ok=True)
        control = ("--tpmstate", f"dir={state}", "--ctrl", f"type=unixio,path={door}")
        self._start("tpm", ["swtpm", "socket", "--tpm2", *control])
        self.wait_for(door.exists, 30)

    def _start(self, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                ["/usr/bin/nice", "-n", "5", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def plug_in(self) -> None:
        """The portal answers at the laptop's own 127.0.0.1, through ssh."""
        back = f"{self._portal}:127.0.0.1:{self._portal}"
        self._start("way", [*self._ssh(), "-N", "-R", back])
        reach = f"timeout 20 bash -c '</dev/tcp/127.0.0.1/{self._portal}'"
        self.wait_for(lambda: self.run(reach, check=False).code == 0, 120)

    def unplug(self) -> None:
        self._end("way")

    def cut_power(self) -> None:
        """No warning, nothing written that was not synced."""
        for name in ("qemu", "way", "tpm"):
            self._end(name)

    def shut_down(self) -> None:
        """As a person does it; then whatever is left is ended."""
        self.run("systemctl poweroff", check=False)
        with suppress(subprocess.TimeoutExpired):
            self._processes["qemu"].wait(180)
        self.cut_power()

    def _end(self, name: str) -> None:
        if process := self._processes.pop(name, None):
            process.kill()
            process.wait()

    def wait_for(self, what: Callable[[], object], seconds: float = WORD_S) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            qemu = self._processes.get("qemu")
            assert qemu is None or qemu.poll() is None, "the laptop went off by itself"
            assert time.monotonic() < deadline, f"it did not happen:\n{self.console[-2000:]}"
            time.sleep(1)

    def run(
        self, line: str, answer: str = "", check: bool = True, patience_s: float = WORD_S
    ) -> Said:
        """One line for root's shell, and what it printed."""
        try:
            done = subprocess.run(
                [*self._ssh(), line], input=answer.encode(), stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=patience_s,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            said = Said(f"{line}: no answer within {patience_s:.0f} s")
            said.code = 255
        else:
            said = Said(done.stdout.decode(errors="replace").strip())
            said.code = done.returncode
        assert said.code == 0 or not check, f"{line}: {said.code}\n{said}"
        return said

    @contextmanager
    def talking(self, line: str) -> Iterator["subprocess.Popen[str]"]:
        """A word whose answer is read while it goes on."""
        process = subprocess.Popen(
            [*self._ssh(), line], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            yield process

    def put(self, file: Path) -> str:
        """Copy a file into the laptop; where it lies there."""
        where = f"/root/{file.name}"
        with file.open("rb") as data:
            subprocess.run([*self._ssh(), f"cat > {where}"], stdin=data, check=True, timeout=WORD_S)
        return where

    def _ssh(self) -> list[str]:
        trust = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        quick = ("ConnectTimeout=15", "ExitOnForwardFailure=yes")
        options = [word for option in (*trust, *quick) for word in ("-o", option)]
        way = ("-i", str(self._image / "key"), "-p", str(self._door), "root@127.0.0.1")
        return ["ssh", "-T", *options, *way]
