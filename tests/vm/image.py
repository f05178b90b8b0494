"""The test laptop's disk: a small Debian 12 with what a real one has, built once and kept.

It lies in a folder outside the source tree, named after what stands here: another recipe is another
disk. Old ones stay, as a laptop may be running from one; remove them by hand.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "homeward" / "vm"
SSDT = Path(__file__).with_name("ssdt.asl")
SIZE = "6G"
# The word that runs it, and Debian's package that brings it.
NEEDED = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mmdebstrap": "mmdebstrap",
    "swtpm": "swtpm",
    "iasl": "acpica-tools",
}
PACKAGES = (
    "linux-image-amd64", "initramfs-tools", "systemd-sysv", "dbus", "udev", "libpam-systemd",
    "polkitd", "openssh-server", "iproute2", "procps", "kmod", "e2fsprogs", "tpm2-tools",
    # What the agent's package depends on: the laptop reaches no package archive.
    "libssl3", "libexpat1", "libffi8", "zlib1g", "libbz2-1.0", "liblzma5",
    "libgcc-s1", "libstdc++6",
    # A desktop and its devices.
    "network-manager", "wpasupplicant", "iw", "hostapd", "v4l-utils", "alsa-utils", "python3-tk",
    "xvfb", "openbox", "i3lock", "xss-lock", "scrot", "x11-utils", "cryptsetup-bin",
)  # fmt: skip
FILES = {
    "etc/hostname": "laptop\n",
    "etc/hosts": "127.0.0.1 localhost laptop\n",
    "etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
    "etc/systemd/network/10.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n",
    "etc/NetworkManager/conf.d/10.conf": "[keyfile]\nunmanaged-devices=interface-name:eth0\n",
    "etc/modules-load.d/laptop.conf": "vivid\nmac80211_hwsim\nsnd-hda-intel\n",
    "etc/modprobe.d/laptop.conf": (
        "options vivid n_devs=2 node_types=0x1,0x1\noptions mac80211_hwsim radios=3\n"
    ),
    "etc/ssh/sshd_config.d/laptop.conf": "PermitRootLogin prohibit-password\nUseDNS no\n",
    # The one access point the laptop can see.
    "etc/hostapd/near.conf": "interface=wlan1\nssid=Near\nhw_mode=g\nchannel=1\n",
    "usr/local/bin/start-desktop": (
        "#!/bin/sh\n"
        "Xvfb :7 -screen 0 800x600x24 &\nexport DISPLAY=:7\n"
        "until xwininfo -root >/dev/null 2>&1; do sleep 1; done\n"
        "openbox &\nexec xss-lock -l -- i3lock --nofork --color=203040\n"
    ),
}
HOOKS = (
    'chmod 755 "$1/usr/local/bin/start-desktop"',
    'mkdir -p "$1/var/log/journal"',
    'chroot "$1" useradd --create-home --shell /bin/sh alice',
    'chroot "$1" systemctl enable systemd-networkd ssh',
    'chroot "$1" systemctl mask apt-daily.timer apt-daily-upgrade.timer hostapd',
    'chroot "$1" update-initramfs -u',
)


class NotHere(Exception):
    """Something the test laptop needs is missing; the message says what to do."""


def image() -> Path:
    """The folder with disk.raw, vmlinuz, initrd, ssdt.aml and key. Raises NotHere."""
    _check_tools()
    folder = CACHE / _recipe()
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)  # a build that was ended half-way
        folder.mkdir(parents=True, mode=0o700)
        _build(folder)
        (folder / "ready").touch()
    return folder


def _check_tools() -> None:
    missing = [package for word, package in NEEDED.items() if not shutil.which(word)]
    if missing:
        raise NotHere(f"The test laptop needs: apt install {' '.join(missing)}")
    if os.geteuid():
        raise NotHere("The test laptop's disk is made by root. Run it with sudo.")


def _recipe() -> str:
    return hashlib.sha256(Path(__file__).read_bytes() + SSDT.read_bytes()).hexdigest()[:16]


def _build(folder: Path) -> None:
    print("Building the test laptop's disk (once; some minutes)…", file=sys.stderr, flush=True)
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    _run("iasl", "-p", str(folder / "ssdt"), str(SSDT))
    root = folder / "root"
    _run("mmdebstrap", *_options(folder), "bookworm", str(root), *_sources())
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy((root / name).resolve(), folder / name)
    _run("mkfs.ext4", "-qF", "-d", str(root), str(folder / "disk.raw"), SIZE)
    shutil.rmtree(root)


def _options(folder: Path) -> list[str]:
    """Whatever this machine's own apt needs to reach the archive is good for the laptop's."""
    dump = subprocess.run(
        ["/usr/bin/apt-config", "dump"], capture_output=True, text=True, check=True
    )
    (folder / "apt.conf").write_text(
        "".join(f"{line}\n" for line in dump.stdout.splitlines() if line.startswith("Acquire::"))
    )
    for name, text in FILES.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    key = folder / "files" / "root/.ssh/authorized_keys"
    key.parent.mkdir(parents=True)
    shutil.copy(folder / "key.pub", key)
    hooks = (f'cp -r "{folder}/files/." "$1/"', *HOOKS)
    return [
        "--quiet", "--variant=apt", f"--aptopt={folder}/apt.conf",
        "--aptopt=APT::Install-Recommends false", f"--include={','.join(PACKAGES)}",
        *(f"--customize-hook={hook}" for hook in hooks),
    ]  # fmt: skip


def _sources() -> list[str]:
    """The archive that this machine uses itself, where it says so."""
    usual = Path("/etc/apt/sources.list.d/debian.sources")
    return [str(usual)] if usual.exists() else []


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NotHere(f"{command[0]} failed:\n{done.stderr.strip()[-2000:]}")
