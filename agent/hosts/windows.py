"""Windows: the table of contents of what the system says about this laptop."""

from agent.hosts.windows_camera import (
    CAMERA_BACKEND,
    CAMERA_PATH,
    built_in_cameras,
    camera_is_refused,
)
from agent.hosts.windows_network import dns_servers, gateways
from agent.hosts.windows_power import battery_wear, temperatures
from agent.hosts.windows_process import (
    AS_ADMINISTRATOR,
    BOX,
    PLAYERS,
    SETTINGS,
    WINDOWS,
    account,
    become,
    become_owner,
    boot_id,
    boottime,
    end_group,
    end_with_parent,
    end_within,
    is_account,
    nudge,
    program,
    set_mode,
    sync_folder,
    try_lock,
)
from agent.hosts.windows_tracer import trace

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
