/**
 * The directory: what the owner's clients remember between them, sealed from the portal.
 *
 * It holds the pins (protocol.md 1); a client believes these, never the portal's own tables. The
 * JSON is the one of owner/directory.py. Names a newer client put there are carried along (`rest`).
 */

import { type Bytes, hex, unhex } from '../protocol/bytes';
import { type Head, headToJson, parseHead } from '../protocol/checkin';
import { keyId } from '../protocol/crypto';
import { b64, binary } from '../protocol/encoding';
import { Malformed } from '../protocol/errors';
import { items, type Json, mapping, number, text } from '../protocol/json';
import type { Orders } from '../protocol/orders';
import { type Offer, parseOffer } from '../protocol/pairing';
import type { Kdf } from '../protocol/vault';

/** What is pinned of one laptop. `vaults` are the key ids of its epochs, in hex. */
export interface Pins {
  readonly name: string;
  readonly offer: Offer;
  readonly ordersSerial: number;
  readonly ordersHash: Bytes;
  readonly high: Head | null;
  readonly vaults: ReadonlyMap<number, string>;
  readonly counter: number;
  readonly rest: Json;
}

/** A receipt key (PRK) of the portal, and since and until when (ms) it says it used it. */
export interface PortalKey {
  readonly public: Bytes;
  readonly since: number;
  readonly until: number | null;
}

/** `devices` by device id in hex. */
export interface Directory {
  readonly ownerKey: Bytes;
  readonly recoveryKey: Bytes;
  readonly kdf: Kdf;
  readonly portalKeys: readonly PortalKey[];
  readonly devices: ReadonlyMap<string, Pins>;
  readonly rest: Json;
}

/** The pins moved to newer orders; an older serial moves nothing. */
export async function withOrders(pins: Pins, orders: Orders): Promise<Pins> {
  if (orders.serial <= pins.ordersSerial) return pins;
  const kid = hex(await keyId(orders.will.vaultKey));
  const vaults = new Map(pins.vaults).set(orders.will.vaultEpoch, kid);
  return { ...pins, ordersSerial: orders.serial, ordersHash: orders.hash, vaults };
}

/** The mark moved up; it never falls. */
export function withHigh(pins: Pins, high: Head | null): Pins {
  if (high === null || (pins.high && high.seq <= pins.high.seq)) return pins;
  return { ...pins, high };
}

export function withDevice(directory: Directory, pins: Pins): Directory {
  const devices = new Map(directory.devices).set(hex(pins.offer.deviceId), pins);
  return { ...directory, devices };
}

/** Known keys stay as they were pinned; new ones are added. */
export function withPortalKeys(directory: Directory, keys: readonly PortalKey[]): Directory {
  const known = new Set(directory.portalKeys.map((key) => hex(key.public)));
  const fresh = keys.filter((key) => !known.has(hex(key.public)));
  return { ...directory, portalKeys: [...directory.portalKeys, ...fresh] };
}

export function directoryToJson(directory: Directory): Json {
  const { m, t, p } = directory.kdf;
  return {
    ...directory.rest,
    owner_key: b64(directory.ownerKey),
    recovery_key: b64(directory.recoveryKey),
    kdf: { m, t, p },
    portal_keys: directory.portalKeys.map(({ public: key, since, until }) => ({
      public: b64(key),
      from: since,
      until,
    })),
    devices: Object.fromEntries([...directory.devices].map(([id, pins]) => [id, pinsToJson(pins)])),
  };
}

/** Undo `directoryToJson`; throws Malformed. */
export async function directoryFromJson(data: Json): Promise<Directory> {
  const { owner_key, recovery_key, kdf, portal_keys, devices, ...rest } = data;
  const { m, t, p } = mapping(kdf);
  const entries = Object.entries(mapping(devices)).map(
    async ([id, pins]) => [id, await pinsFromJson(id, mapping(pins))] as const,
  );
  return {
    ownerKey: binary(owner_key, 32),
    recoveryKey: binary(recovery_key, 32),
    kdf: { m: number(m), t: number(t), p: number(p) },
    portalKeys: parsePortalKeys(portal_keys),
    devices: new Map(await Promise.all(entries)),
    rest,
  };
}

/** As the directory and `GET /portal-keys` list them; throws Malformed. */
export function parsePortalKeys(listed: unknown): readonly PortalKey[] {
  return items(listed).map((item) => {
    const { public: key, from, until } = mapping(item);
    return {
      public: binary(key, 32),
      since: number(from),
      until: until === null ? null : number(until),
    };
  });
}

function pinsToJson(pins: Pins): Json {
  return {
    ...pins.rest,
    name: pins.name,
    device_key: b64(pins.offer.deviceKey),
    command_key: b64(pins.offer.commandKey),
    orders: { serial: pins.ordersSerial, hash: b64(pins.ordersHash) },
    high: pins.high && headToJson(pins.high),
    vaults: Object.fromEntries(pins.vaults),
    counter: pins.counter,
  };
}

async function pinsFromJson(id: string, data: Json): Promise<Pins> {
  const { name, device_key, command_key, orders, high, vaults, counter, ...rest } = data;
  const { serial, hash } = mapping(orders);
  const offer = await parseOffer(
    Uint8Array.of(1, ...binary(device_key, 32), ...binary(command_key, 32)),
  );
  if (hex(offer.deviceId) !== id) {
    throw new Malformed("a laptop's keys are not the ones its id certifies");
  }
  return {
    name: text(name),
    offer,
    ordersSerial: number(serial),
    ordersHash: binary(hash, 32),
    high: high === null ? null : parseHead(high),
    vaults: new Map(
      Object.entries(mapping(vaults)).map(([epoch, kid]) => [Number(epoch), hex(unhex(kid, 16))]),
    ),
    counter: number(counter),
    rest,
  };
}
