"""Linux: the table of contents of what the system says about this laptop."""

from agent.hosts.linux_camera import (
    CAMERA_BACKEND,
    CAMERA_PATH,
    built_in_cameras,
    camera_is_refused,
)
from agent.hosts.linux_network import dns_servers, gateways
from agent.hosts.linux_power import battery_wear, temperatures
from agent.hosts.linux_process import (
    BOX,
    PLAYERS,
    SETTINGS,
    WINDOWS,
    boot_id,
    boottime,
    end_with_parent,
    program,
)
from agent.hosts.linux_tracer import trace
from agent.hosts.posix import (
    AS_ADMINISTRATOR,
    account,
    become,
    become_owner,
    end_group,
    end_within,
    is_account,
    nudge,
    set_mode,
    sync_folder,
    try_lock,
)

__all__ = [
    "AS_ADMINISTRATOR",
    "BOX",
    "CAMERA_BACKEND",
    "CAMERA_PATH",
    "PLAYERS",
    "SETTINGS",
    "WINDOWS",
    "account",
    "battery_wear",
    "become",
    "become_owner",
    "boot_id",
    "boottime",
    "built_in_cameras",
    "camera_is_refused",
    "dns_servers",
    "end_group",
    "end_with_parent",
    "end_within",
    "gateways",
    "is_account",
    "nudge",
    "program",
    "set_mode",
    "sync_folder",
    "temperatures",
    "trace",
    "try_lock",
]
