/** Media (laptop -> owner), protocol.md 8: one file, one random key, Cobblestone-256. */

import { type Bytes, concat, same, u64 } from './bytes';
import { domain, sha256 } from './crypto';
import { commitOf } from './disclosure';
import { binary } from './encoding';
import type { Attachment } from './envelope';
import { BodyMismatch } from './errors';
import { mapping, number, text } from './json';
import { streamOpen } from './stream';

export const MAX_SIZE = 32 * 1024 * 1024;

/** What the sealed record says of a file, enough to open and to disclose it. */
export interface MediaKey {
  readonly key: Bytes;
  readonly mime: string;
  readonly length: number;
  readonly salt: Bytes;
  readonly commit: Bytes;
}

/** Its place in the chain: `index` counts in the record's list, from 0. */
export interface MediaPlace {
  readonly deviceId: Bytes;
  readonly seq: number;
  readonly index: number;
}

/** Throws Malformed. */
export function mediaKeyFromJson(value: unknown): MediaKey {
  const data = mapping(value);
  return {
    key: binary(data.key, 32),
    mime: text(data.mime),
    length: number(data.length),
    salt: binary(data.salt, 32),
    commit: binary(data.commit, 32),
  };
}

/** Open with the record's key; throws BodyMismatch, CannotOpen. */
export async function openMedia(
  ciphertext: Bytes,
  listed: Attachment,
  key: MediaKey,
  place: MediaPlace,
): Promise<Bytes> {
  if (ciphertext.length !== listed.size || !same(await sha256(ciphertext), listed.sha256)) {
    throw new BodyMismatch('the file is not the one the signed record lists');
  }
  const context = concat(
    domain('media'),
    place.deviceId,
    u64(place.seq),
    Uint8Array.of(place.index),
  );
  const plaintext = await streamOpen(key.key, context, ciphertext);
  if (!same(await commitOf({ salt: key.salt, plaintext }), key.commit)) {
    throw new BodyMismatch('the file is not the one the record commits to');
  }
  return plaintext;
}
