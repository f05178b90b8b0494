/**
 * Commands (owner -> laptop), protocol.md 5: one-off wishes whose content the portal cannot see.
 * The owner's half: made here, opened by the laptop alone.
 */

import { type Bytes, concat, random, u32, u64, utf8 } from './bytes';
import * as crypto from './crypto';
import { TooLarge } from './errors';
import { type Json, toJson } from './json';

const MAGIC = utf8('HWC1');
const MAX_BODY = 16 * 1024;
const BLOCK = 512;

export type Wish = 'alarm' | 'message' | 'lock' | 'wipe' | 'report-now' | 'drill' | 'leave';

/** The signed clear part. Times in Unix milliseconds; `counter` rises for each signer. */
export interface Terms {
  readonly deviceId: Bytes;
  readonly counter: number;
  readonly issued: number;
  readonly expires: number;
  readonly ordersSerial: number;
}

export interface Command {
  readonly id: Bytes;
  readonly raw: Bytes;
}

/** What is asked, and its parameters ("text" of a message, …). */
export interface Content {
  readonly wish: Wish;
  readonly parameters: Json;
}

/** Seal a wish to the laptop's DXK and sign it; throws TooLarge. */
export async function make(
  terms: Terms,
  content: Content,
  commandKey: Bytes,
  signer: crypto.SigningKey,
): Promise<Command> {
  const id = random(16);
  const context = concat(
    MAGIC,
    Uint8Array.of(crypto.SUITE, 0, 0, 0),
    terms.deviceId,
    id,
    signer.id,
    u64(terms.counter),
    u64(terms.issued),
    u64(terms.expires),
    u64(terms.ordersSerial),
  );
  const sealed = await crypto.seal(commandKey, 'hpke/command', context, padded(content));
  if (sealed.length > MAX_BODY) throw new TooLarge(`a command may have ${MAX_BODY} bytes`);
  const header = concat(context, await crypto.sha256(sealed), u32(sealed.length));
  return { id, raw: concat(header, await crypto.sign(signer, 'command', header), sealed) };
}

/** White space after JSON hides which wish it is. */
function padded(content: Content): Bytes {
  const body = toJson({ wish: content.wish, ...content.parameters });
  const spaces = (BLOCK - (body.length % BLOCK)) % BLOCK;
  return concat(body, utf8(' '.repeat(spaces)));
}
