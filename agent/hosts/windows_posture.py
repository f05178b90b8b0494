"""How well the laptop is protected, as Windows tells its administrators."""

from agent.hosts.windows_shell import Rows
from shared.readings import Posture, Reason, Unread

STALE_DAYS = 14
_DISK = (
    "Get-CimInstance -Namespace root/cimv2/Security/MicrosoftVolumeEncryption"
    " Win32_EncryptableVolume | Where-Object DriveLetter -eq $env:SystemDrive"
    " | Select-Object ProtectionStatus"
)
_FIREWALL = (
    "Get-NetFirewallProfile -PolicyStore ActiveStore"
    " | Select-Object @{n='Enabled';e={[int]$_.Enabled}}"
)
_SECURE_BOOT = (
    r"Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\SecureBoot\State'"
    " | Select-Object UEFISecureBootEnabled"
)
# What Windows found when it looked last: looking anew takes minutes and the network.
_UPDATES = (
    "& {$s=(New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher();"
    "$s.Online=$false;"
    "$seen=(New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate;"
    "[pscustomobject]@{Waiting=$s.Search('IsInstalled=0 and IsHidden=0').Updates.Count;"
    "Days=((Get-Date).ToUniversalTime()-$seen).TotalDays}}"
)
_SILENT = "Windows does not say, or not to this account."


def posture_of(asked: Rows, screen_locked: bool | Unread) -> Posture:
    """Each answer for itself. What takes longest comes last."""
    return Posture(
        disk_encrypted=disk_encrypted(asked),
        firewall_on=firewall_on(asked),
        screen_locked=screen_locked,
        secure_boot=secure_boot(asked),
        updates_waiting=updates_waiting(asked),
    )


def disk_encrypted(asked: Rows) -> bool | Unread:
    """By BitLocker, and protected: with its key lying beside it, an encrypted disk opens itself."""
    said = [row.get("ProtectionStatus") for row in asked(_DISK)]
    if said in ([0], [1]):
        return said == [1]
    return Unread(Reason.FAILED, _SILENT)


def firewall_on(asked: Rows) -> bool | Unread:
    """For every kind of network: a stolen laptop is on none that its owner called private."""
    said = [row.get("Enabled") for row in asked(_FIREWALL)]
    if said and all(one in (0, 1) for one in said):
        return all(said)
    return Unread(Reason.FAILED, _SILENT)


def secure_boot(asked: Rows) -> bool | Unread:
    said = [row.get("UEFISecureBootEnabled") for row in asked(_SECURE_BOOT)]
    if said in ([0], [1]):
        return said == [1]
    return Unread(Reason.NOT_SUPPORTED, "This laptop starts without UEFI, or does not say.")


def updates_waiting(asked: Rows) -> int | Unread:
    told = next(iter(asked(_UPDATES)), {})
    waiting, days = told.get("Waiting"), told.get("Days")
    if type(waiting) is not int or waiting < 0 or not isinstance(days, int | float):
        return Unread(Reason.FAILED, "Windows does not say which updates wait.")
    if days > STALE_DAYS:
        return Unread(Reason.FAILED, "The laptop has not asked for updates for over two weeks.")
    return waiting
