/**
 * Cobblestone-256, C2SP chunked-encryption v1: salt(24) || commitment(32) || chunks.
 *
 * Each chunk is 16 KiB under AES-256-GCM; the last is shorter, be it empty, so that a file cut at
 * a chunk's end is noticed.
 */

import { type Bytes, concat, same, utf8 } from './bytes';
import { aesKey, aesOpen } from './crypto';
import { CannotOpen } from './errors';

const SALT = 24;
const COMMITMENT = 32;
const HEADER = SALT + COMMITMENT;
const NONCE = 12;
const KEY = 32;
const CHUNK = 16 * 1024 + 16;
const INFO = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');

/** The plaintext; throws CannotOpen, also when the end was cut off. */
export async function streamOpen(key: Bytes, context: Bytes, sealed: Bytes): Promise<Bytes> {
  const body = sealed.subarray(HEADER);
  if (sealed.length < HEADER) throw new CannotOpen('cut off');
  const derived = await derive(key, concat(INFO, sealed.subarray(0, SALT), context));
  if (!same(derived.subarray(KEY + NONCE), sealed.subarray(SALT, HEADER))) {
    throw new CannotOpen('wrong key or context');
  }
  const chunkKey = await aesKey(derived.slice(0, KEY), 'decrypt');
  const nonce = derived.subarray(KEY, KEY + NONCE);
  const chunks = Array.from({ length: Math.floor(body.length / CHUNK) + 1 }, (_, i) =>
    aesOpen(
      chunkKey,
      counted(nonce, i),
      new Uint8Array(),
      body.subarray(i * CHUNK, (i + 1) * CHUNK),
    ),
  );
  return concat(...(await Promise.all(chunks)));
}

/** HKDF-Expand with SHA-512 (RFC 5869 2.3), 76 bytes; WebCrypto's own HKDF would extract first. */
async function derive(key: Bytes, info: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  const mac = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  const block = async (previous: Bytes, count: number): Promise<Bytes> =>
    new Uint8Array(
      await crypto.subtle.sign('HMAC', mac, concat(previous, info, Uint8Array.of(count))),
    );
  const first = await block(new Uint8Array(), 1);
  const second = await block(first, 2);
  return concat(first, second).slice(0, KEY + NONCE + COMMITMENT);
}

/** A 32-bit count is 64 TiB, far over the size a file may have here. */
function counted(nonce: Bytes, count: number): Bytes {
  const counted = nonce.slice();
  const view = new DataView(counted.buffer);
  view.setUint32(8, (view.getUint32(8) ^ count) >>> 0);
  return counted;
}
