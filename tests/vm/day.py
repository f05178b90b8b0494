"""What a day with the test laptop needs: its portal, its owner, its network, and notes of it."""

import contextlib
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from demo.processes import DemoFailed, ask
from demo.stage import LAPTOP, Stage
from tests.vm.laptop import TestLaptop

PATIENCE_S = 1200
FAR = "10.9.1.2"  # two routers away from the laptop
# Network namespaces stand for what lies between a laptop and the internet.
ROUTERS = f"""
ip netns add router; ip netns add far
ip link add out type veth peer name in netns router
ip addr add 10.9.0.2/24 dev out; ip link set out up
ip -n router addr add 10.9.0.1/24 dev in; ip -n router link set in up
ip -n router link add out type veth peer name in netns far
ip -n router addr add 10.9.1.1/24 dev out; ip -n router link set out up
ip -n far addr add {FAR}/24 dev in; ip -n far link set in up
ip -n far route add default via 10.9.1.1
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
ip route add 10.9.1.0/24 via 10.9.0.1
nmcli device set wlan1 managed no
systemctl reset-failed near 2>/dev/null
systemd-run -q --unit=near hostapd /etc/hostapd/near.conf
"""
DESKTOP = (
    "systemd-run -q --unit=desktop -p User=alice -p PAMName=login -p TTYPath=/dev/tty7 "
    "-E XDG_SESSION_TYPE=x11 -E XDG_SESSION_CLASS=user -E XDG_SEAT=seat0 -E XDG_VTNR=7 "
    "/usr/local/bin/start-desktop"
)
NOT_SHOWN = """\
## What this does not show

- **How long anything takes on a laptop.** QEMU emulates the processor in software, up to forty
  times slower.
- **Real devices.** The cameras are the kernel's own test cameras (vivid), the radios and the
  access point mac80211_hwsim, the battery a table in ACPI, the sound card QEMU's. Drivers and
  lights of real ones were not there.
- **A desktop that people use.** The session is Xvfb with openbox; xss-lock and i3lock are its
  locker. The sign in the panel is installed, but there is no panel. GNOME, KDE and Wayland were
  not there.
- **Other ways to sleep or to lose power.** It slept in S3, not in s2idle. A power cut is the
  end of QEMU: what the laptop had synced stays, and no drive lied about that.
- **The internet.** Two network namespaces are its routers; the portal is reached through ssh.
"""
VERSIONS = {
    "Debian": "cat /etc/debian_version",
    "Linux": "uname -r",
    "systemd": "systemctl --version | awk 'NR == 1 { print $2 }'",
}


@dataclass
class Day:
    here: Stage
    laptop: TestLaptop
    began: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)

    def switch_on(self) -> None:
        self.laptop.boot()
        self.laptop.run(f"{ROUTERS}\n{DESKTOP}")

    def tell(self, sentence: str) -> None:
        """Into the notes, and to whoever watches."""
        minutes, seconds = divmod(round(time.monotonic() - self.began), 60)
        self.notes.append(f"| {minutes}:{seconds:02} | {sentence} |")
        print(f"\n{minutes:3}:{seconds:02}  {sentence}", end="", flush=True)

    def owner(self, *words: str) -> dict[str, Any]:
        return ask(*self.here.owner(*words))

    def device(self) -> dict[str, Any]:
        return dict(self.owner("devices")["devices"][0])

    def evidence(self) -> dict[str, Any]:
        said = self.owner("evidence", LAPTOP)
        assert said["verified"], said["findings"]
        return said

    def reports(self, why: str) -> list[dict[str, Any]]:
        """The readings of each report that gives this reason, oldest first."""
        records = [one["record"] for one in self.evidence()["reports"]]
        return [record["readings"] for record in records if record["why"] == why]

    def answer(self, command_id: str) -> dict[str, Any]:
        """The laptop's last word on a command, as soon as it is one."""
        found: dict[str, Any] = {}

        def answered() -> bool:
            records = [one["record"] for one in self.evidence()["others"]]
            ours = [one for one in records if one.get("command_id") == command_id]
            found.update(ours[-1] if ours else {})
            return found.get("result") not in (None, "received", "begun")

        self.soon(answered)
        return found

    def soon(self, fact: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(DemoFailed):
                if fact():
                    return
            assert time.monotonic() < deadline, self.laptop.run(
                "homeward-agent status; homeward-agent log | tail; "
                "journalctl -b -n 40 --no-pager -u 'homeward*'", check=False
            )  # fmt: skip
            time.sleep(3)

    def status(self, name: str) -> Any:
        """What the laptop says of itself."""
        file = "/var/lib/homeward/public/status.json"
        read = f"import json; print(json.load(open('{file}'))[{name!r}])"
        return self.laptop.run(f"python3 -c {shlex.quote(read)}", check=False)

    def unit(self, name: str) -> str:
        return self.laptop.run(f"systemctl show --value -p {name} homeward.service")

    def write(self, file: Path) -> None:
        """Keep the notes of a day on which everything held."""
        versions = [f"{name} {self.laptop.run(word)}" for name, word in VERSIONS.items()]
        versions.append(f"homeward-agent {version('homeward')}")  # purged from there by now
        lines = [
            "# The test laptop's last day",
            "",
            f"Written by `./dev test --vm` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, when every "
            f"fact below held. {', '.join(versions)}; QEMU emulates in software, so nothing here "
            "says how fast a laptop is.",
            "",
            "| min:s | what was seen |",
            "|---|---|",
            *self.notes,
            "",
            *NOT_SHOWN.splitlines(),
        ]
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines) + "\n")
