/** What a record says of the laptop's own condition: battery, heat, disk, protection. */

import { flag, mapping, number, text } from './json';
import { measure, orNull, reading, type Record, type Unread, unreadIn } from './readings';

/** Null where the laptop does not say. */
export interface Power {
  readonly batteryPercent: number | null;
  readonly plugged: boolean | null;
  readonly secondsLeft: number | null;
  readonly capacityPercent: number | null;
  readonly cycles: number | null;
}

/** The hottest spot, and what the laptop calls it. */
export interface Heat {
  readonly temperatureC: number;
  readonly spot: string;
}

/** The system's disk, in bytes. */
export interface Disk {
  readonly total: number;
  readonly free: number;
}

/** How well the laptop is protected; each answer stands or fails alone. */
export interface Posture {
  readonly diskEncrypted: boolean | Unread;
  readonly firewallOn: boolean | Unread;
  readonly screenLocked: boolean | Unread;
  readonly updatesWaiting: number | Unread;
  readonly secureBoot: boolean | Unread;
}

export function powerIn(record: Record): Power | Unread | null {
  return reading(record, 'power', (value) => {
    const data = mapping(value);
    return {
      batteryPercent: orNull(data.battery_percent, (v) => measure(v, 0, 100)),
      plugged: orNull(data.plugged, flag),
      secondsLeft: orNull(data.seconds_left, number),
      capacityPercent: orNull(data.capacity_percent, (v) => measure(v, 0, 1000)),
      cycles: orNull(data.cycles, number),
    };
  });
}

export function heatIn(record: Record): Heat | Unread | null {
  return reading(record, 'heat', (value) => {
    const data = mapping(value);
    return { temperatureC: measure(data.temperature_c, -100, 300), spot: text(data.spot) };
  });
}

export function diskIn(record: Record): Disk | Unread | null {
  return reading(record, 'disk', (value) => {
    const data = mapping(value);
    return { total: number(data.total), free: number(data.free) };
  });
}

export function postureIn(record: Record): Posture | Unread | null {
  return reading(record, 'posture', (value) => {
    const data = mapping(value);
    return {
      diskEncrypted: unreadIn(data.disk_encrypted) ?? flag(data.disk_encrypted),
      firewallOn: unreadIn(data.firewall_on) ?? flag(data.firewall_on),
      screenLocked: unreadIn(data.screen_locked) ?? flag(data.screen_locked),
      updatesWaiting: unreadIn(data.updates_waiting) ?? number(data.updates_waiting),
      secureBoot: unreadIn(data.secure_boot) ?? flag(data.secure_boot),
    };
  });
}
