/**
 * Orders (owner -> laptop), protocol.md 4: the whole standing each time, with a serial.
 *
 * The laptop, the portal and the owner's client all apply `accept`; only the laptop acts on it.
 */

import { type Bytes, concat, Reader, same, u32, u64, utf8 } from './bytes';
import * as crypto from './crypto';
import {
  Expired,
  Malformed,
  OutOfOrder,
  TooLarge,
  UnknownSigner,
  UnknownSuite,
  WrongDevice,
} from './errors';
import { fromJson, type Json, toJson } from './json';
import { type Will, willFromJson, willToJson } from './will';

export type { Keep, Signer, Standing, Theft, Will } from './will';
export { UNTOLD } from './will';

const MAGIC = utf8('HWO1');
const HEADER = 84;
const MAX_JSON = 16 * 1024;
const LONGEST_MANDATE_MS = 30 * 24 * 3600 * 1000;
const FIRST_PREV = new Uint8Array(32); // serial 1 follows nothing

/** A parsed orders document. `raw` is what was signed and shipped, `hash` the next one's `prev`. */
export interface Orders {
  readonly deviceId: Bytes;
  readonly serial: number;
  readonly prev: Bytes;
  readonly signer: Bytes;
  readonly will: Will;
  readonly raw: Bytes;
  readonly hash: Bytes;
}

/** Sign the next orders of a device (serial 1 where `previous` is null); throws TooLarge. */
export async function make(
  deviceId: Bytes,
  previous: Orders | null,
  will: Will,
  signer: crypto.SigningKey,
): Promise<Orders> {
  const body = toJson(willToJson(will));
  checkSize(body.length);
  const serial = u64((previous?.serial ?? 0) + 1);
  const fixed = concat(MAGIC, Uint8Array.of(crypto.SUITE, 0, 0, 0));
  const prev = previous?.hash ?? FIRST_PREV;
  const head = concat(fixed, deviceId, serial, prev, signer.id, u32(body.length));
  return parse(concat(head, await crypto.sign(signer, 'orders', head, body), body));
}

/** Read one orders document; throws Malformed, UnknownSuite, TooLarge. Verifies nothing. */
export async function parse(raw: Bytes): Promise<Orders> {
  const reader = new Reader(raw);
  const magic = reader.take(4);
  const suite = reader.u8();
  if (!same(magic, MAGIC) || reader.take(3).some(Boolean)) throw new Malformed('not orders');
  if (suite !== crypto.SUITE) throw new UnknownSuite(`suite ${suite} is not spoken here`);
  const [deviceId, serial, prev] = [reader.take(16), reader.u64(), reader.take(32)];
  const [signer, size] = [reader.take(16), reader.u32()];
  checkSize(size);
  reader.take(crypto.SIGNATURE_SIZE);
  const body = reader.rest();
  if (body.length !== size || serial < 1) {
    throw new Malformed('orders are not as long as they say, or have no serial');
  }
  const will = willFromJson(fromJson(body) as Json);
  return { deviceId, serial, prev, signer, will, raw, hash: await crypto.sha256(raw) };
}

function checkSize(size: number): void {
  if (size > MAX_JSON) throw new TooLarge(`orders may have ${MAX_JSON} bytes of JSON`);
}

/** Check the signature with the key the caller trusts; throws BadSignature. */
export function verify(orders: Orders, publicKey: Bytes): Promise<void> {
  const reader = new Reader(orders.raw);
  const head = reader.take(HEADER);
  const signature = reader.take(crypto.SIGNATURE_SIZE);
  return crypto.verify(publicKey, 'orders', signature, head, reader.rest());
}

/**
 * Check that `orders` are genuine and follow `held`; `pinned` is the OSK pinned at pairing, the
 * owner until orders are held.
 *
 * Order of checks: device, signer, signature, serial and prev, rights, mandate. Throws
 * WrongDevice, UnknownSigner, BadSignature, OutOfOrder, Expired.
 */
export async function accept(
  orders: Orders,
  held: Orders | null,
  deviceId: Bytes,
  pinned: Bytes,
): Promise<void> {
  if (!same(orders.deviceId, deviceId)) {
    throw new WrongDevice('these orders are for another laptop');
  }
  const owner = held?.will.owner ?? pinned;
  await verify(orders, await signerOf(orders, held, owner));
  const serial = held?.serial ?? 0;
  if (orders.serial !== serial + 1 || !same(orders.prev, held?.hash ?? FIRST_PREV)) {
    throw new OutOfOrder(`orders ${orders.serial} do not follow orders ${serial}`);
  }
  await checkRights(orders, held, owner);
  const { theft, t } = orders.will;
  if (theft && theft.until - t > LONGEST_MANDATE_MS) {
    throw new Expired('a mandate may reach at most 30 days ahead');
  }
}

async function signerOf(orders: Orders, held: Orders | null, owner: Bytes): Promise<Bytes> {
  const signedBy = async (key: Bytes): Promise<boolean> =>
    same(orders.signer, await crypto.keyId(key));
  if (await signedBy(owner)) return owner;
  if (held && (await signedBy(held.will.recovery))) return held.will.recovery;
  for (const signer of held?.will.signers ?? []) {
    if (!(await signedBy(signer.public))) continue;
    if (signer.may.includes('orders') && orders.will.t <= signer.until) return signer.public;
    break;
  }
  throw new UnknownSigner('signed by a key that may not give orders');
}

/** Who may change what: the recovery key may replace the owner, a signer may change no key. */
async function checkRights(orders: Orders, held: Orders | null, owner: Bytes): Promise<void> {
  const will = orders.will;
  if (held === null) {
    if (!same(will.owner, owner)) throw new UnknownSigner('the first orders name another owner');
    return;
  }
  const changed = !same(will.owner, held.will.owner);
  if (same(orders.signer, await crypto.keyId(held.will.recovery))) {
    if (!changed) throw new UnknownSigner("the recovery key may only replace the owner's key");
    return;
  }
  if (changed) {
    await crypto.verify(
      will.owner,
      'owner-change',
      will.ownerProof,
      orders.deviceId,
      held.will.owner,
    );
  }
  if (!same(orders.signer, await crypto.keyId(owner)) && reserved(will) !== reserved(held.will)) {
    throw new UnknownSigner('only the owner may change keys, or how long evidence stays');
  }
}

function reserved(will: Will): string {
  const { owner, recovery, vault, signers, keep } = willToJson(will);
  return JSON.stringify([owner, recovery, vault, signers, keep]);
}
