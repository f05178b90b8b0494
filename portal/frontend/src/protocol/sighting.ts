/** Sightings (portal -> owner), protocol.md 7: what only the portal saw, sealed, forgotten. */

import { type Bytes, same } from './bytes';
import * as crypto from './crypto';
import { commitOf, type Disclosure, unpad } from './disclosure';
import { BodyMismatch, Malformed } from './errors';
import { fromJson, type Json, number, text } from './json';

/** Where a check-in came from. `received` in ms, `radiusKm` how vague the city is. */
export interface Sighting {
  readonly ip: string;
  readonly port: number;
  readonly received: number;
  readonly city: string | null;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly radiusKm: number | null;
  readonly asn: string | null;
  readonly database: string | null;
}

/** Open and check against the receipt's commit; throws CannotOpen, BodyMismatch, Malformed. */
export async function openSighting(
  sealed: Bytes,
  chainHash: Bytes,
  commit: Bytes,
  key: crypto.OpeningKey,
): Promise<Sighting> {
  const { plaintext } = await discloseSighting(sealed, chainHash, commit, key);
  return sightingFromJson(fromJson(plaintext));
}

/** What the receipt's commit opens to, to show it to others; throws as `openSighting`. */
export async function discloseSighting(
  sealed: Bytes,
  chainHash: Bytes,
  commit: Bytes,
  key: crypto.OpeningKey,
): Promise<Disclosure> {
  const disclosure = unpad(await crypto.open(key, 'hpke/sighting', chainHash, sealed));
  if (!same(await commitOf(disclosure), commit)) {
    throw new BodyMismatch('the sighting is not the one the receipt commits to');
  }
  return disclosure;
}

function sightingFromJson(data: Json): Sighting {
  return {
    ip: text(data.ip),
    port: number(data.port, 0, 65_535),
    received: number(data.received),
    city: said(data.city),
    country: said(data.country),
    latitude: measured(data.latitude),
    longitude: measured(data.longitude),
    radiusKm: measured(data.radius_km),
    asn: said(data.asn),
    database: said(data.database),
  };
}

function said(value: unknown): string | null {
  return value === null ? null : text(value);
}

function measured(value: unknown): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || Math.abs(value) > 1e6) {
    throw new Malformed("a sighting's number is not one");
  }
  return value;
}
