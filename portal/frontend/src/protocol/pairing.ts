/**
 * Pairing, protocol.md 3: the laptop pins its owner without trusting the portal.
 *
 * Both ends derive everything from one secret S that travels on a screen, never through the
 * portal. The owner's half.
 */

import { type Bytes, same } from './bytes';
import { domain, hkdf, hmacSha256, KEY_SIZE, sha256 } from './crypto';
import { crockford, uncrockford } from './encoding';
import { BadMac, Malformed } from './errors';

const SECRET_SIZE = 15; // 24 Crockford characters, 6 x 4
const OFFER_VERSION = 1;
const OFFER_SIZE = 1 + 2 * KEY_SIZE;

/** The laptop's public keys: DSK signs envelopes, DXK receives commands. */
export interface Offer {
  readonly raw: Bytes;
  readonly deviceKey: Bytes;
  readonly commandKey: Bytes;
  /** 16 bytes that certify these keys: H(D("homeward/v1/device-id") || offer)[:16]. */
  readonly deviceId: Bytes;
}

/** S as a person typed it, or as it stands behind # in the address; throws Malformed. */
export function readSecret(code: string): Bytes {
  return uncrockford(code, SECRET_SIZE);
}

/** The mailbox's name, 16 bytes: all the portal learns of S. */
export function rid(secret: Bytes): Promise<Bytes> {
  return hkdf(secret, 'pair/rid', 16);
}

/** The offer, if whoever shows the code made it; throws BadMac, Malformed. */
export async function readOffer(secret: Bytes, raw: Bytes, mac: Bytes): Promise<Offer> {
  const expected = await hmacSha256(await hkdf(secret, 'pair/device', 32), raw);
  if (!same(expected, mac)) {
    throw new BadMac('this offer does not come from the laptop that shows the code');
  }
  return parseOffer(raw);
}

/** Throws Malformed. */
export async function parseOffer(raw: Bytes): Promise<Offer> {
  if (raw.length !== OFFER_SIZE || raw[0] !== OFFER_VERSION) {
    throw new Malformed("not a laptop's offer of version 1");
  }
  const deviceId = (await sha256(domain('device-id'), raw)).slice(0, 16);
  return { raw, deviceKey: raw.slice(1, 33), commandKey: raw.slice(33), deviceId };
}

/** HMAC(Ko, orders), 32 bytes: tells the laptop that its owner made them. */
export async function macOrders(secret: Bytes, orders: Bytes): Promise<Bytes> {
  return hmacSha256(await hkdf(secret, 'pair/owner', 32), orders);
}

/** What laptop, portal and owner all show: 80 bits of H(D("homeward/v1/fingerprint") || OSK_pk). */
export async function fingerprint(ownerKey: Bytes): Promise<string> {
  return crockford((await sha256(domain('fingerprint'), ownerKey)).slice(0, 10));
}
