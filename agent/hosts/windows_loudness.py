"""Prints how loud the loudspeaker is; with two numbers, sets it (Windows).

IAudioEndpointVolume of endpointvolume.h, called by its place in the table: Windows has no program
for this, and a library for four calls would be one more to trust.
"""

import ctypes
import sys
import uuid
from ctypes import wintypes
from typing import Any

_ENUMERATOR = "BCDE0395-E52F-467C-8E3D-C4579291692E"  # CLSID_MMDeviceEnumerator, mmdeviceapi.h
_I_ENUMERATOR = "A95664D2-9614-4F35-A746-DE8DB63617E6"
_I_VOLUME = "5CDF2C82-841E-4546-9722-0CF74078229A"
_ALL_CONTEXTS = 23  # CLSCTX_ALL
_RENDER, _CONSOLE = 0, 0  # the loudspeaker that is used unless a program asks for another
# Places in the tables; the first three of each are COM's own.
_DEFAULT_ENDPOINT, _ACTIVATE = 4, 3
_SET_LEVEL, _GET_LEVEL, _SET_MUTE, _GET_MUTE = 7, 9, 14, 15


class _Thing:
    """Something of COM's. Raises OSError for a call that fails."""

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        self._pointer = pointer

    def call(self, place: int, *given: Any) -> None:
        table = ctypes.cast(self._pointer, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
        kinds: list[Any] = [ctypes.c_void_p, *(type(one) for one in given)]
        function = ctypes.WINFUNCTYPE(ctypes.HRESULT, *kinds)(table[place] or 0)
        function(self._pointer, *given)


def _identity(text: str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(uuid.UUID(text).bytes_le, 16)


def _address(value: Any) -> ctypes.c_void_p:
    return ctypes.cast(ctypes.byref(value), ctypes.c_void_p)


def _loudspeaker() -> _Thing:
    ole32 = ctypes.OleDLL("ole32")
    ole32.CoInitialize(None)
    all_, device, volume = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    which, asked, wanted = map(_identity, (_ENUMERATOR, _I_ENUMERATOR, _I_VOLUME))
    ole32.CoCreateInstance(which, None, _ALL_CONTEXTS, asked, _address(all_))
    kind, role = wintypes.DWORD(_RENDER), wintypes.DWORD(_CONSOLE)
    _Thing(all_).call(_DEFAULT_ENDPOINT, kind, role, _address(device))
    context, nothing = wintypes.DWORD(_ALL_CONTEXTS), ctypes.c_void_p()
    _Thing(device).call(_ACTIVATE, _address(wanted), context, nothing, _address(volume))
    return _Thing(volume)


def main(given: list[str]) -> None:
    loudspeaker, nothing = _loudspeaker(), ctypes.c_void_p()
    if given:
        loudspeaker.call(_SET_LEVEL, ctypes.c_float(float(given[0])), nothing)
        loudspeaker.call(_SET_MUTE, wintypes.BOOL(int(given[1])), nothing)
    level, muted = ctypes.c_float(), wintypes.BOOL()
    loudspeaker.call(_GET_LEVEL, _address(level))
    loudspeaker.call(_GET_MUTE, _address(muted))
    print(f"volume:{level.value:.4f} muted:{int(bool(muted.value))}")


if __name__ == "__main__":
    main(sys.argv[1:])
