/**
 * What a laptop's sensors read, or why they could not, out of an opened record.
 *
 * Whoever holds the laptop's key may have written anything, so each reading is checked where it is
 * taken out; what is not as it should be counts as unread.
 */

import type { Bytes } from './bytes';
import { binary } from './encoding';
import { ProtocolError, Malformed } from './errors';
import { flag, fromJson, items, type Json, mapping, number, text } from './json';
import { type MediaKey, mediaKeyFromJson } from './media';

export type RecordType = 'report' | 'answer' | 'event';

/** An opened record: `t` by the laptop's clock (ms), `said` all of its JSON. */
export interface Record {
  readonly type: RecordType;
  readonly t: number;
  readonly said: Json;
}

/** A sensor that could not read. */
export interface Unread {
  readonly unread: string;
  readonly detail: string;
}

/** Degrees, accuracy radius in meters, who says so and when (ms). */
export interface Fix {
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracyM: number;
  readonly source: string;
  readonly t: number;
}

export interface Interface {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly string[];
}

/** A router that leads everywhere, and the hardware behind its address. */
export interface Gateway {
  readonly ip: string;
  readonly mac: string | null;
}

export interface Network {
  readonly interfaces: readonly Interface[];
  readonly gateways: readonly Gateway[];
  readonly dns: readonly string[];
}

/** One Wi-Fi transmitter; its network's name is bytes and may be no text. */
export interface AccessPoint {
  readonly bssid: string;
  readonly ssid: Bytes;
  readonly signalDbm: number | null;
  readonly frequencyMhz: number | null;
}

/** Strongest first; `connected` is the bssid the laptop uses. */
export interface Wifi {
  readonly accessPoints: readonly AccessPoint[];
  readonly connected: string | null;
}

/** One router: null where nobody answered; round trips in milliseconds. */
export interface Hop {
  readonly ttl: number;
  readonly ip: string | null;
  readonly rttMs: readonly number[];
  readonly note: string | null;
}

export interface Traceroute {
  readonly target: string;
  readonly family: number;
  readonly hops: readonly Hop[];
  readonly reached: boolean;
}

/** One still. `index` points into the envelope's attachments, null when there is no file. */
export interface Snapshot {
  readonly camera: string;
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  readonly index: number | null;
  readonly media: MediaKey | null;
}

/** An opened record with version, type and time checked; throws Malformed. */
export function parseRecord(plaintext: Bytes): Record {
  const said = fromJson(plaintext);
  if (said.v !== 1) throw new Malformed('a record of another version');
  const { type } = said;
  if (type !== 'report' && type !== 'answer' && type !== 'event') {
    throw new Malformed('a record of unknown type');
  }
  return { type, t: number(said.t, Number.MIN_SAFE_INTEGER), said };
}

const MALFORMED: Unread = { unread: 'malformed', detail: '' };

/** The named sensor's reading, or null where this record has none of it. */
export function reading<T>(
  record: Record,
  name: string,
  read: (value: unknown) => T,
): T | Unread | null {
  try {
    const value = record.type === 'report' ? mapping(record.said.readings)[name] : undefined;
    if (value === undefined) return null;
    return unreadIn(value) ?? read(value);
  } catch (error) {
    if (error instanceof ProtocolError) return MALFORMED;
    throw error;
  }
}

export function unreadIn(value: unknown): Unread | null {
  if (typeof value !== 'object' || value === null || !('unread' in value)) return null;
  const { unread, detail } = mapping(value);
  return { unread: text(unread), detail: text(detail ?? '') };
}

export function isRead<T extends object>(value: T | Unread | null): value is T {
  return value !== null && !('unread' in value);
}

export function locationIn(record: Record): Fix | Unread | null {
  return reading(record, 'location', (value) => {
    const data = mapping(value);
    return {
      latitude: measure(data.latitude, -90, 90),
      longitude: measure(data.longitude, -180, 180),
      accuracyM: measure(data.accuracy_m, 0, 2.1e7),
      source: text(data.source),
      t: number(data.t),
    };
  });
}

export function networkIn(record: Record): Network | Unread | null {
  return reading(record, 'address', (value) => {
    const data = mapping(value);
    const interfaces = items(data.interfaces).map((item) => {
      const { name, mac, addresses } = mapping(item);
      return { name: text(name), mac: orNull(mac, text), addresses: items(addresses).map(text) };
    });
    return {
      interfaces,
      gateways: items(data.gateways).map(gatewayFrom),
      dns: items(data.dns).map(text),
    };
  });
}

function gatewayFrom(value: unknown): Gateway {
  const { ip, mac } = mapping(value);
  return { ip: text(ip), mac: orNull(mac, text) };
}

export function wifiIn(record: Record): Wifi | Unread | null {
  return reading(record, 'wifi', (value) => {
    const data = mapping(value);
    return {
      accessPoints: items(data.access_points).map(accessPointFrom),
      connected: orNull(data.connected, text),
    };
  });
}

function accessPointFrom(value: unknown): AccessPoint {
  const data = mapping(value);
  return {
    bssid: text(data.bssid),
    ssid: binary(data.ssid),
    signalDbm: orNull(data.signal_dbm, (v) => measure(v, -200, 0)),
    frequencyMhz: orNull(data.frequency_mhz, (v) => measure(v, 0, 1e6)),
  };
}

export function traceroutesIn(record: Record): readonly Traceroute[] | Unread | null {
  return reading(record, 'traceroute', (value) => items(value).map(tracerouteFrom));
}

function tracerouteFrom(value: unknown): Traceroute {
  const data = mapping(value);
  return {
    target: text(data.target),
    family: number(data.family),
    hops: items(data.hops).map(hopFrom),
    reached: flag(data.reached),
  };
}

function hopFrom(value: unknown): Hop {
  const data = mapping(value);
  return {
    ttl: number(data.ttl, 1, 255),
    ip: orNull(data.ip, text),
    rttMs: items(data.rtt_ms).map((rtt) => measure(rtt, 0, 1e6)),
    note: orNull(data.note, text),
  };
}

/** Cameras that gave a still, and cameras that gave none. */
export function snapshotsIn(
  record: Record,
): readonly (Snapshot | (Unread & { camera: string }))[] | Unread | null {
  return reading(record, 'camera', (value) => items(mapping(value).cameras).map(cameraFrom));
}

function cameraFrom(value: unknown): Snapshot | (Unread & { camera: string }) {
  const data = mapping(value);
  const camera = text(data.camera);
  const unread = unreadIn(data);
  if (unread) return { ...unread, camera };
  return {
    camera,
    picture: text(data.picture),
    width: number(data.width),
    height: number(data.height),
    index: orNull(data.index, (index) => number(index, 0, 255)),
    media: orNull(data.media, mediaKeyFromJson),
  };
}

export function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

export function measure(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new Malformed('a measure is missing or out of range');
  }
  return value;
}
