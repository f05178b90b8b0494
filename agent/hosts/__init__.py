"""What differs from one operating system to the next, behind the same function names.

`from agent.hosts import host`, then `host.gateways()`. Only here is sys.platform asked. A host has,
with the types that agent/hosts/linux.py gives them:

for the core        boottime, boot_id, account, become_owner, lock_holder, end_with_parent
for the sensors     gateways, dns_servers, battery_wear, temperatures, built_in_cameras,
                    camera_is_refused, CAMERA_BACKEND, CAMERA_PATH, trace, Limits

What may hang stands apart, in senses.py: wifi, place, posture.
"""

import sys

if sys.platform == "linux":
    from agent.hosts import linux as host
elif sys.platform == "darwin":
    from agent.hosts import macos as host
else:
    raise ImportError(
        f"Homeward's agent does not run on this system ({sys.platform}) yet. "
        "Install it on a laptop with Linux or macOS."
    )

__all__ = ["host"]
