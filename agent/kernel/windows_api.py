"""The few functions of Windows' own libraries that the resident process calls, with their types."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
winsock = ctypes.WinDLL("ws2_32", use_last_error=True)
iphlpapi = ctypes.WinDLL("iphlpapi", use_last_error=True)
advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)

_HANDLE, _BOOL, _DWORD, _WORDS = wintypes.HANDLE, wintypes.BOOL, wintypes.DWORD, wintypes.LPCWSTR
CONSOLE_HANDLER = ctypes.WINFUNCTYPE(_BOOL, _DWORD)


class SecurityAttributes(ctypes.Structure):
    """SECURITY_ATTRIBUTES of minwinbase.h."""

    _fields_ = (("size", _DWORD), ("descriptor", ctypes.c_void_p), ("inherited", _BOOL))


class Overlapped(ctypes.Structure):
    """OVERLAPPED of minwinbase.h."""

    _fields_ = (
        ("internal", ctypes.c_size_t),
        ("internal_high", ctypes.c_size_t),
        ("offset", _DWORD),
        ("offset_high", _DWORD),
        ("event", _HANDLE),
    )


class JobLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h; only the flags are used."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", _DWORD),
        ("working_set", ctypes.c_size_t * 2),
        ("processes", _DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority", _DWORD * 2),
        ("io", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


# What each takes, and what it gives.
for _function, _takes, _gives in (
    (kernel32.GetTickCount64, (), ctypes.c_uint64),
    (kernel32.QueryUnbiasedInterruptTime, (ctypes.POINTER(ctypes.c_uint64),), _BOOL),
    (kernel32.CreateEventW, (ctypes.c_void_p, _BOOL, _BOOL, _WORDS), _HANDLE),
    (kernel32.OpenEventW, (_DWORD, _BOOL, _WORDS), _HANDLE),
    (kernel32.SetEvent, (_HANDLE,), _BOOL),
    (kernel32.ResetEvent, (_HANDLE,), _BOOL),
    (kernel32.CloseHandle, (_HANDLE,), _BOOL),
    (kernel32.OpenProcess, (_DWORD, _BOOL, _DWORD), _HANDLE),
    (kernel32.WaitForSingleObject, (_HANDLE, _DWORD), _DWORD),
    (
        kernel32.WaitForMultipleObjects,
        (_DWORD, ctypes.POINTER(_HANDLE), _BOOL, _DWORD),
        _DWORD,
    ),
    (kernel32.SetConsoleCtrlHandler, (CONSOLE_HANDLER, _BOOL), _BOOL),
    (kernel32.CreateJobObjectW, (ctypes.c_void_p, _WORDS), _HANDLE),
    (
        kernel32.SetInformationJobObject,
        (_HANDLE, ctypes.c_int, ctypes.c_void_p, _DWORD),
        _BOOL,
    ),
    (kernel32.AssignProcessToJobObject, (_HANDLE, _HANDLE), _BOOL),
    (kernel32.TerminateJobObject, (_HANDLE, ctypes.c_uint), _BOOL),
    (
        advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW,
        (_WORDS, _DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p),
        _BOOL,
    ),
    (winsock.WSAEventSelect, (ctypes.c_size_t, _HANDLE, ctypes.c_long), ctypes.c_int),
    (
        iphlpapi.NotifyAddrChange,
        (ctypes.POINTER(_HANDLE), ctypes.POINTER(Overlapped)),
        _DWORD,
    ),
):
    _function.argtypes, _function.restype = _takes, _gives
