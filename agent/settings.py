"""The agent's settings: a TOML file that becomes one frozen dataclass, or a sentence why not."""

import os
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from agent.errors import BadSettings
from agent.hosts import host
from licensing.roots import ROOTS
from shared import crypto
from shared.encoding import binary, items
from shared.errors import Malformed

VARIABLE = "HOMEWARD_AGENT_SETTINGS"
_KNOWN = {
    "portal", "state_dir", "cameras", "use_builtin_cameras", "fixed_location", "trace_target",
    "push", "poll_s", "wifi_positioning", "action_socket", "action_state", "license_roots",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FixedLocation:
    """Where a laptop that never moves stands; degrees and meters."""

    latitude: float
    longitude: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Settings:
    """`cameras` are urls, indexes or paths, besides those that are found. `trace_target` None
    means the portal's host. `poll` is how often to ask when no wake channel stands.
    `wifi_positioning` is a service that knows where access points are; None asks nobody.
    `action_socket` leads to the program that acts as root, `action_state` is that program's own
    folder (agent/action.py); without them the agent acts by itself. `license_roots` are the public
    keys whose word on a license is believed.
    """

    portal: str
    state_dir: Path
    cameras: tuple[str, ...] = ()
    use_builtin_cameras: bool = True
    fixed_location: FixedLocation | None = None
    trace_target: str | None = None
    push: bool = True
    poll: timedelta = timedelta(minutes=15)
    wifi_positioning: str | None = None
    action_socket: Path | None = None
    action_state: Path | None = None
    license_roots: tuple[bytes, ...] = ROOTS

    @property
    def private(self) -> Path:
        """Keys and whatever is sealed: the agent's own account only."""
        return self.state_dir / "private"

    @property
    def public(self) -> Path:
        """Journal and status: for whoever sits at the laptop."""
        return self.state_dir / "public"

    @property
    def positioning_host(self) -> str | None:
        """Whom the laptop tells which access points are around, for people to read."""
        return urlsplit(self.wifi_positioning).hostname if self.wifi_positioning else None

    @property
    def portal_address(self) -> SplitResult:
        return urlsplit(self.portal)


def chosen(argument: str | None) -> Path:
    """The settings file: the one named, else the environment's, else the usual one."""
    return Path(argument or os.environ.get(VARIABLE) or host.SETTINGS)


def load(path: Path) -> Settings:
    """Raises BadSettings with a sentence that names the file and the next step."""
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadSettings(
            f"There is no settings file {path}. Write one with at least portal and state_dir, "
            f"or name another with --settings."
        ) from error
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML: {error}.") from error
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from error


def parse(data: dict[str, Any]) -> Settings:
    """Raises BadSettings."""
    if unknown := sorted(set(data) - _KNOWN):
        raise BadSettings(f"{unknown[0]} is no setting. Known are: {', '.join(sorted(_KNOWN))}.")
    return Settings(
        portal=_portal(_take(data, "portal", str)),
        state_dir=_folder(_take(data, "state_dir", str)),
        cameras=_cameras(data.get("cameras", [])),
        use_builtin_cameras=_take(data, "use_builtin_cameras", bool, True),
        fixed_location=_location(data.get("fixed_location")),
        trace_target=_take(data, "trace_target", str, "") or None,
        push=_take(data, "push", bool, True),
        poll=timedelta(seconds=_number(data.get("poll_s", 900), "poll_s", 10, 86_400)),
        wifi_positioning=_positioning(_take(data, "wifi_positioning", str, "")),
        license_roots=_roots(data.get("license_roots")),
        **_action(data),
    )


def _action(data: dict[str, Any]) -> dict[str, Path]:
    names = [name for name in ("action_socket", "action_state") if name in data]
    if len(names) == 1:
        raise BadSettings("action_socket and action_state go together.")
    return {name: _folder(_take(data, name, str), name) for name in names}


def _roots(values: Any) -> tuple[bytes, ...]:
    if values is None:
        return ROOTS
    try:
        return tuple(binary(value, crypto.KEY_SIZE) for value in items(values))
    except (Malformed, TypeError) as error:
        raise BadSettings("license_roots must be a list of public keys in base64url.") from error


def _take(data: dict[str, Any], name: str, kind: type, otherwise: Any = None) -> Any:
    value = data.get(name, otherwise)
    if value is None:
        raise BadSettings(f"{name} is missing.")
    if type(value) is not kind:
        raise BadSettings(f"{name} must be {'true or false' if kind is bool else 'a text'}.")
    return value


def _portal(url: str) -> str:
    parts = _web_address("portal", url)
    if parts.username or parts.query or parts.fragment:
        raise BadSettings("portal must be the plain address, without name, ? or #.")
    return url.rstrip("/")


def _positioning(url: str) -> str | None:
    """The whole address, as some services want a key behind the question mark."""
    if url and _web_address("wifi_positioning", url).username:
        raise BadSettings("wifi_positioning must not hold a name or password.")
    return url or None


def _web_address(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (a port that is no number raises here)
    except ValueError as error:
        raise BadSettings(f"{name} is not a web address.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadSettings(f"{name} must be a web address that begins with https://.")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise BadSettings(f"{name} must begin with https://; http:// is for this machine only.")
    return parts


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _folder(text: str, name: str = "state_dir") -> Path:
    path = Path(text)
    if not path.is_absolute() or path == Path(path.anchor):
        raise BadSettings(f"{name} must be a full path, such as /var/lib/homeward.")
    return path


def _cameras(values: Any) -> tuple[str, ...]:
    good = isinstance(values, list) and all(
        (isinstance(value, str) and value) or (type(value) is int and value >= 0)
        for value in values
    )
    if not good:
        raise BadSettings("cameras must be a list of addresses, paths or numbers.")
    return tuple(str(value) for value in values)


def _location(data: Any) -> FixedLocation | None:
    if data is None:
        return None
    names = {"latitude": 90.0, "longitude": 180.0, "accuracy_m": 1e7}
    if not isinstance(data, dict) or set(data) != set(names):
        raise BadSettings("fixed_location needs latitude, longitude and accuracy_m.")
    limits = {"accuracy_m": 0.0}
    values = {
        name: _number(data[name], f"fixed_location.{name}", limits.get(name, -most), most)
        for name, most in names.items()
    }
    return FixedLocation(**values)


def _number(value: Any, name: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadSettings(f"{name} must be a number from {least:g} to {most:g}.")
    return float(value)
