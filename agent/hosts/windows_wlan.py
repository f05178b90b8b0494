"""Windows' own Wi-Fi functions: bytes in, bytes out, which windows_wifi.py understands."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

_VERSION = 2  # wlanapi.h: of Windows Vista and later
_CURRENT_CONNECTION = 7  # wlan_intf_opcode_current_connection
_ANY_BSS = 3  # dot11_BSS_type_any
_LONGEST = 4 * 1024 * 1024
_INTERFACE = 532  # WLAN_INTERFACE_INFO
_HEAD = 8  # of every list: two numbers


class WlanError(Exception):
    """`code` is winerror.h's."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error {code}")
        self.code = code


class Wlan:
    """An open door to the Wi-Fi service. Everything raises WlanError."""

    def __init__(self, api: ctypes.CDLL, handle: wintypes.HANDLE) -> None:
        self._api = api
        self._handle = handle

    def interfaces(self) -> bytes:
        """A WLAN_INTERFACE_INFO_LIST."""
        told = ctypes.c_void_p()
        _check(self._api.WlanEnumInterfaces(self._handle, None, ctypes.byref(told)))
        count = int.from_bytes(self._copied(told, 4, free=False), "little")
        return self._copied(told, _HEAD + count * _INTERFACE)

    def scan(self, guid: bytes) -> None:
        """Begin to listen anew; four seconds later everybody has been heard."""
        _check(self._api.WlanScan(self._handle, _guid(guid), None, None, None))

    def bss_list(self, guid: bytes) -> bytes:
        """A WLAN_BSS_LIST, whose first number is its length."""
        told = ctypes.c_void_p()
        _check(
            self._api.WlanGetNetworkBssList(
                self._handle, _guid(guid), None, _ANY_BSS, False, None, ctypes.byref(told)
            )
        )
        size = int.from_bytes(self._copied(told, 4, free=False), "little")
        return self._copied(told, size)

    def connection(self, guid: bytes) -> bytes:
        """A WLAN_CONNECTION_ATTRIBUTES; an error where there is no connection."""
        told, size = ctypes.c_void_p(), wintypes.DWORD()
        where = (ctypes.byref(size), ctypes.byref(told), None)
        _check(
            self._api.WlanQueryInterface(
                self._handle, _guid(guid), _CURRENT_CONNECTION, None, *where
            )
        )
        return self._copied(told, size.value)

    def _copied(self, told: ctypes.c_void_p, size: int, free: bool = True) -> bytes:
        data = ctypes.string_at(told.value or 0, min(size, _LONGEST)) if told.value else b""
        if free:
            self._api.WlanFreeMemory(told)
        return data


@contextmanager
def open_wlan() -> Iterator[Wlan]:
    """Raises WlanError; OSError where Windows came without Wi-Fi."""
    api = ctypes.WinDLL("wlanapi")
    handle, version = wintypes.HANDLE(), wintypes.DWORD()
    _check(api.WlanOpenHandle(_VERSION, None, ctypes.byref(version), ctypes.byref(handle)))
    try:
        yield Wlan(api, handle)
    finally:
        api.WlanCloseHandle(handle, None)


def _guid(guid: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(guid, 16)


def _check(code: int) -> None:
    if code:
        raise WlanError(code)
