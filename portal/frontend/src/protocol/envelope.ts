/**
 * Envelope (laptop -> owner), protocol.md 6: 140 B header, 64 B signature, sealed body. The
 * owner's half: read, verify, open.
 *
 * A body may be erased; the 204 bytes before it, the skeleton, still verify the chain. On the wire
 * a skeleton travels behind the magic "HWS1".
 */

import { type Bytes, Reader, same, utf8 } from './bytes';
import * as crypto from './crypto';
import { commitOf, type Disclosure, unpad } from './disclosure';
import { BodyMismatch, Malformed, TooLarge, UnknownSuite } from './errors';

export const MAX_BODY = 64 * 1024;
export const MAX_ATTACHMENTS = 32;
const MAGIC = utf8('HWE1');
const SKELETON_MAGIC = utf8('HWS1');
const HEADER = 140;
const SEALED_CONTEXT = 104; // header bytes before body_hash
const ATTACHMENT = 40;

export const RECORD = 1;
/** After the laptop lost its state: a new stretch of the chain. */
export const SEGMENT_START = 2;
export type Kind = typeof RECORD | typeof SEGMENT_START;

/** A media file the record speaks of: SHA-256 and size, both of the ciphertext. */
export interface Attachment {
  readonly sha256: Bytes;
  readonly size: number;
}

/** The signed 140 bytes. `seq` counts from 0 without gaps inside a segment. */
export interface Header {
  readonly kind: Kind;
  readonly deviceId: Bytes;
  readonly epoch: number;
  readonly seq: number;
  readonly prev: Bytes;
  readonly commit: Bytes;
  readonly bodyHash: Bytes;
  readonly bodyLen: number;
}

/** A parsed envelope; `body` is null for a skeleton. Not yet verified. */
export interface Envelope {
  readonly header: Header;
  readonly signed: Bytes; // the 140 bytes as they came
  readonly signature: Bytes;
  readonly body: Bytes | null;
}

/** Exactly one envelope or skeleton; throws Malformed, UnknownSuite, TooLarge. */
export function parse(data: Bytes): Envelope {
  const erased = data.length >= 4 && same(data.subarray(0, 4), SKELETON_MAGIC);
  const reader = new Reader(erased ? data.subarray(4) : data);
  const signed = reader.take(HEADER);
  const signature = reader.take(crypto.SIGNATURE_SIZE);
  const header = parseHeader(signed);
  const body = reader.rest();
  if (body.length !== (erased ? 0 : header.bodyLen)) {
    throw new Malformed('exactly one envelope was expected');
  }
  return { header, signed, signature, body: erased ? null : body };
}

function parseHeader(signed: Bytes): Header {
  const reader = new Reader(signed);
  if (!same(reader.take(4), MAGIC)) throw new Malformed('not an envelope');
  const suite = reader.u8();
  if (suite !== crypto.SUITE) throw new UnknownSuite(`suite ${suite} is not spoken here`);
  const kind = reader.u8();
  const flags = reader.take(2);
  const deviceId = reader.take(16);
  const epoch = reader.u32();
  const zero = reader.u32();
  if (flags.some(Boolean) || zero !== 0 || (kind !== RECORD && kind !== SEGMENT_START)) {
    throw new Malformed('a reserved bit is set, or the kind is unknown');
  }
  const [seq, prev, commit] = [reader.u64(), reader.take(32), reader.take(32)];
  const [bodyHash, bodyLen] = [reader.take(32), reader.u32()];
  if (bodyLen > MAX_BODY) throw new TooLarge(`a body may have ${MAX_BODY} bytes`);
  return { kind, deviceId, epoch, seq, prev, commit, bodyHash, bodyLen };
}

/** What the next envelope's `prev` must say, 32 bytes. */
export function chainHash(envelope: Envelope): Promise<Bytes> {
  return crypto.sha256(crypto.domain('chain'), envelope.signed, envelope.signature);
}

export function withoutBody(envelope: Envelope): Envelope {
  return { ...envelope, body: null };
}

/** Check the signature over the header alone; throws BadSignature. */
export function verifyHeader(envelope: Envelope, deviceKey: Bytes): Promise<void> {
  return crypto.verify(deviceKey, 'envelope', envelope.signature, envelope.signed);
}

/** Whether the body is the one the signed header promises. */
export async function bodyMatches(envelope: Envelope): Promise<boolean> {
  const { body, header } = envelope;
  return body === null || same(await crypto.sha256(body), header.bodyHash);
}

/** The media this record lists; throws Malformed. */
export function attachments(envelope: Envelope): readonly Attachment[] {
  return envelope.body === null ? [] : splitBody(envelope.body)[0];
}

/**
 * Open as the owner; throws CannotOpen, BodyMismatch, Malformed.
 *
 * Verify first: opening proves what was sealed, not who sealed it.
 */
export async function open(envelope: Envelope, key: crypto.OpeningKey): Promise<Disclosure> {
  if (envelope.body === null) {
    throw new BodyMismatch('the body was erased; only its skeleton is left');
  }
  const sealed = splitBody(envelope.body)[1];
  const context = envelope.signed.subarray(0, SEALED_CONTEXT);
  const disclosure = unpad(await crypto.open(key, 'hpke/report', context, sealed));
  if (!same(await commitOf(disclosure), envelope.header.commit)) {
    throw new BodyMismatch('the sealed record is not the one the header commits to');
  }
  return disclosure;
}

function splitBody(body: Bytes): [readonly Attachment[], Bytes] {
  const count = body[0] ?? 0;
  const end = 1 + count * ATTACHMENT;
  if (count > MAX_ATTACHMENTS || body.length < end + crypto.SEAL_OVERHEAD) {
    throw new Malformed('a body is shorter than its own list of attachments');
  }
  const reader = new Reader(body.subarray(1));
  const listed = Array.from({ length: count }, () => ({
    sha256: reader.take(32),
    size: reader.u64(),
  }));
  return [listed, reader.rest()];
}
