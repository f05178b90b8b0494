/**
 * What a commitment opens to: salt and plaintext, hidden until the owner shows this one record.
 *
 * protocol.md 6: commit = H(D("homeward/v1/commit") || salt(32) || len(4) || pt); what was sealed
 * is salt || len || pt || zeros to a multiple of 512.
 */

import { type Bytes, u32 } from './bytes';
import { domain, sha256 } from './crypto';
import { Malformed } from './errors';

const BLOCK = 512;
const SALT = 32;
const LENGTH = 4;

export interface Disclosure {
  readonly salt: Bytes;
  readonly plaintext: Bytes;
}

/** 32 bytes that bind without revealing. */
export function commitOf(disclosure: Disclosure): Promise<Bytes> {
  const { salt, plaintext } = disclosure;
  return sha256(domain('commit'), salt, u32(plaintext.length), plaintext);
}

/** Take off the padding; throws Malformed, also for padding that is not zeros. */
export function unpad(padded: Bytes): Disclosure {
  if (padded.length < BLOCK || padded.length % BLOCK) {
    throw new Malformed('not padded to a multiple of 512');
  }
  const start = SALT + LENGTH;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(SALT);
  const end = start + length;
  const zeros = padded.length - end;
  if (zeros < 0 || zeros >= BLOCK || padded.subarray(end).some((byte) => byte !== 0)) {
    throw new Malformed('padding is not what the length says');
  }
  return { salt: padded.slice(0, SALT), plaintext: padded.slice(start, end) };
}
