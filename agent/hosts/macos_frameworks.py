"""Apple's frameworks for Wi-Fi and place: only here are they loaded, and only a Mac has them."""

import time

from CoreLocation import CLLocationManager
from CoreWLAN import CWWiFiClient
from Foundation import NSDate, NSRunLoop

from agent.hosts.macos_place import settled
from agent.hosts.macos_wifi import heard
from shared.readings import Fix, Unread, Wifi


def wifi(until: float) -> Wifi | Unread:
    """A scan takes a few seconds and cannot be hurried."""
    del until
    return heard(CWWiFiClient.sharedWiFiClient().interface())


def place(until: float) -> Fix | Unread:
    return settled(CLLocationManager.alloc().init(), until, _let_work)


def _let_work(seconds: float) -> None:
    """CoreLocation answers only while this thread's loop runs; with nothing to do it ends early."""
    ends = time.monotonic() + seconds
    NSRunLoop.currentRunLoop().runUntilDate_(NSDate.dateWithTimeIntervalSinceNow_(seconds))
    time.sleep(max(0.0, ends - time.monotonic()))
