/** What in an evidence pack proves who said what in which order: orders, chain, receipts. */

import { type Bytes, concat, hex, same, utf8 } from './bytes';
import { keyId } from './crypto';
import * as envelope from './envelope';
import { OutOfOrder, ProtocolError, UnknownSigner, WrongDevice } from './errors';
import * as orders from './orders';
import * as pack from './pack';
import { BrokenPack, orBroken } from './packerrors';
import * as receipts from './receipt';
import type { Files } from './zip';

const SKELETON = 204;
const RECEIPT = 184;
const SKELETON_MAGIC = utf8('HWS1');

/** An unpacked pack whose manifest is signed. */
export interface Held {
  readonly files: Files;
  readonly manifest: pack.Manifest;
}

/** One envelope of the chain. */
export interface Link {
  readonly header: envelope.Header;
  readonly hash: Bytes;
}

export type Chain = ReadonlyMap<number, Link>;
export type Receipts = ReadonlyMap<number, receipts.Receipt>;
/** Throws BrokenPack. */
export function need(files: Files, name: string): Bytes {
  const data = files.get(name);
  if (!data) throw new BrokenPack('missing-file', name);
  return data;
}

export async function checkOrders(
  { files, manifest }: Held,
  owner: Bytes,
): Promise<orders.Orders[]> {
  const given: orders.Orders[] = [];
  const count = [...files.keys()].filter((name) => name.startsWith('orders/')).length;
  for (let serial = 1; serial <= Math.max(count, 1); serial++) {
    const name = pack.ordersName(serial);
    const raw = need(files, name);
    const before = given.at(-1) ?? null;
    given.push(await orBroken(() => order(raw, before, manifest), 'bad-orders', name));
  }
  if (!same(given.at(-1)!.will.owner, owner)) throw new BrokenPack('foreign-owner', pack.SIGNATURE);
  return given;
}

/** The first names the owner itself; that this is the right person, its fingerprint tells. */
async function order(
  raw: Bytes,
  before: orders.Orders | null,
  { offer }: pack.Manifest,
): Promise<orders.Orders> {
  const document = await orders.parse(raw);
  await orders.accept(document, before, offer.deviceId, document.will.owner);
  return document;
}

/** Every envelope by its seq. */
export async function checkChain(
  { files, manifest }: Held,
  given: readonly orders.Orders[],
): Promise<Chain> {
  const chain = new Map<number, Link>();
  const hashes = new Set(given.map(({ hash }) => hex(hash)));
  let [expected, previous] = [0, given[0]!.hash];
  const skeletons = cut(need(files, pack.CHAIN), SKELETON);
  for (const link of await Promise.all(skeletons.map((one) => linkOf(one, manifest)))) {
    if (!link) throw new BrokenPack('bad-envelope', pack.CHAIN, expected);
    const { kind, seq, prev } = link.header;
    const anew = kind === envelope.SEGMENT_START && seq >= expected && hashes.has(hex(prev));
    if (!anew && !(seq === expected && same(prev, previous))) {
      throw new BrokenPack('broken-chain', pack.CHAIN, seq);
    }
    chain.set(seq, link);
    [expected, previous] = [seq + 1, link.hash];
  }
  return chain;
}

function cut(data: Bytes, size: number): readonly Bytes[] {
  const count = Math.ceil(data.length / size);
  return Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size));
}

/** Null for what this laptop did not sign. */
async function linkOf(skeleton: Bytes, { offer }: pack.Manifest): Promise<Link | null> {
  try {
    const one = envelope.parse(concat(SKELETON_MAGIC, skeleton));
    await envelope.verifyHeader(one, offer.deviceKey);
    const mine = same(one.header.deviceId, offer.deviceId);
    return mine ? { header: one.header, hash: await envelope.chainHash(one) } : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Every receipt by its seq, which rises. */
export async function checkReceipts({ files, manifest }: Held, chain: Chain): Promise<Receipts> {
  const keys = new Map<string, pack.PortalKey>();
  for (const key of manifest.portalKeys) keys.set(hex(await keyId(key.public)), key);
  const found = new Map<number, receipts.Receipt>();
  let last = -1;
  for (const raw of cut(need(files, pack.RECEIPTS), RECEIPT)) {
    const step = async (): Promise<receipts.Receipt> => {
      const one = receipts.parse(raw);
      await checkReceipt(one, keys.get(hex(one.signer)), manifest, chain);
      if (one.seq <= last) throw new OutOfOrder('a receipt out of its order');
      return one;
    };
    const one = await orBroken(step, 'bad-receipt', pack.RECEIPTS, last + 1);
    found.set(one.seq, one);
    last = one.seq;
  }
  return found;
}

/** Signed by a key that was the portal's then, for this report of this laptop. */
async function checkReceipt(
  one: receipts.Receipt,
  key: pack.PortalKey | undefined,
  { offer }: pack.Manifest,
  chain: Chain,
): Promise<void> {
  if (!key || one.received < key.since || one.received > (key.until ?? Infinity)) {
    throw new UnknownSigner('a receipt of no key of the portal at that time');
  }
  await receipts.verify(one, key.public);
  const about = chain.get(one.seq);
  if (!about || !same(about.hash, one.chainHash)) throw new OutOfOrder('for another report');
  if (!same(one.deviceId, offer.deviceId)) throw new WrongDevice('for another laptop');
}
