/**
 * Check an evidence pack, protocol.md 10: no secret, account or portal. The order is the one of
 * shared/packcheck.py, so that both name the same thing first.
 */

import { type Bytes, concat, hex, same, utf8 } from './bytes';
import { keyId, sha256 } from './crypto';
import { commitOf } from './disclosure';
import * as envelope from './envelope';
import { Malformed, OutOfOrder, ProtocolError, UnknownSigner, WrongDevice } from './errors';
import { fromJson, items, type Json, mapping, number } from './json';
import { type MediaKey, mediaKeyFromJson } from './media';
import * as orders from './orders';
import * as pack from './pack';
import * as receipts from './receipt';
import { Damaged, type Files, read } from './zip';

const SKELETON = 204;
const RECEIPT = 184;
const SKELETON_MAGIC = utf8('HWS1');
const SIGNING: readonly string[] = [pack.MANIFEST, pack.SIGNATURE];
const FIXED: readonly string[] = [...pack.FOR_PEOPLE, pack.CHAIN, pack.RECEIPTS];

const SAID = {
  'not-a-pack': 'This is not an evidence pack as it was made. Ask for the original ZIP.',
  damaged: '{file} was damaged or changed after the pack was made.',
  'missing-file': '{file} is missing from the pack.',
  'bad-manifest': "{file} does not carry the owner's signature, or cannot be read.",
  'added-file': '{file} is not part of the pack that was signed.',
  'changed-file': '{file} is not the file that was signed.',
  'bad-orders': '{file} was not signed by the owner or does not follow the orders before.',
  'foreign-owner': '{file} is signed by somebody who is not the owner of this laptop.',
  'bad-envelope': 'Report {seq} in {file} was not signed by this laptop.',
  'broken-chain': 'Report {seq} in {file} does not follow the report before it.',
  'bad-receipt': 'The receipt for report {seq} in {file} does not hold.',
  'record-mismatch': '{file} is not what the laptop signed as report {seq}.',
  'sighting-mismatch': "{file} is not what the portal's receipt for report {seq} commits to.",
  'media-mismatch': '{file} is not a picture that a shown report commits to.',
} as const;

export type Wrong = keyof typeof SAID;

/** The first thing that is wrong: a stable code, the `file` it stands in, a sentence. */
export class BrokenPack extends Error {
  constructor(
    readonly wrong: Wrong,
    readonly file: string,
    readonly seq: number | null = null,
  ) {
    super(
      SAID[wrong].replace(/\{(file|seq)\}/g, (_, name) => String(name === 'file' ? file : seq)),
    );
  }
}

/** One disclosed report; `received` is when the portal had it (ms), where a receipt says. */
export interface Shown {
  readonly seq: number;
  readonly received: number | null;
  readonly record: Json | null;
  readonly sighting: Json | null;
  readonly media: readonly string[];
}

/** A pack in which everything holds. `segments` are reports before which memory was lost. */
export interface Checked {
  readonly manifest: pack.Manifest;
  readonly owner: Bytes;
  readonly files: Files;
  readonly reports: number;
  readonly receipts: number;
  readonly segments: readonly number[];
  readonly shown: readonly Shown[];
}

interface Held {
  readonly files: Files;
  readonly manifest: pack.Manifest;
}

interface Link {
  readonly header: envelope.Header;
  readonly hash: Bytes;
}

type Chain = ReadonlyMap<number, Link>;
type Receipts = ReadonlyMap<number, receipts.Receipt>;
type Said = ReadonlyMap<number, Json | null>;

/** Everything, in order; throws BrokenPack. */
export async function check(data: Bytes): Promise<Checked> {
  const files = unpacked(data);
  const { owner, manifest } = await signedManifest(files);
  const held = { files, manifest };
  await checkFiles(held);
  const given = await checkOrders(held, owner);
  const chain = await checkChain(held, given);
  const signed = await checkReceipts(held, chain);
  const records = await checkDisclosed(
    held,
    pack.recordName,
    'record-mismatch',
    (seq) => chain.get(seq)?.header.commit,
  );
  const sightings = await checkDisclosed(
    held,
    pack.sightingName,
    'sighting-mismatch',
    (seq) => signed.get(seq)?.sightingCommit,
  );
  const media = await checkMedia(held, records);
  const segments = [...chain.values()].filter(
    ({ header }) => header.kind === envelope.SEGMENT_START,
  );
  return {
    manifest,
    owner,
    files,
    reports: chain.size,
    receipts: signed.size,
    segments: segments.map(({ header }) => header.seq),
    shown: [...records].map(([seq, record]) => ({
      seq,
      received: receivedAt(seq, signed),
      record,
      sighting: sightings.get(seq) ?? null,
      media: media.get(seq) ?? [],
    })),
  };
}

/** Runs `step`; what it refuses is named as this. */
async function orBroken<T>(
  step: () => T | Promise<T>,
  wrong: Wrong,
  file: string,
  seq: number | null = null,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ProtocolError) throw new BrokenPack(wrong, file, seq);
    throw error;
  }
}

function unpacked(data: Bytes): Files {
  try {
    return read(data);
  } catch (error) {
    if (error instanceof Damaged)
      throw new BrokenPack('damaged', error.file || "The pack's own table");
    if (error instanceof ProtocolError) throw new BrokenPack('not-a-pack', '');
    throw error;
  }
}

function need(files: Files, name: string): Bytes {
  const data = files.get(name);
  if (!data) throw new BrokenPack('missing-file', name);
  return data;
}

async function signedManifest(files: Files): Promise<{ owner: Bytes; manifest: pack.Manifest }> {
  const [signed, signature] = [need(files, pack.MANIFEST), need(files, pack.SIGNATURE)];
  return orBroken(
    async () => ({
      owner: await pack.checkSignature(signed, signature),
      manifest: await pack.parseManifest(signed),
    }),
    'bad-manifest',
    pack.MANIFEST,
  );
}

/** Exactly the signed ones, and each one the signed one. */
async function checkFiles({ files, manifest }: Held): Promise<void> {
  for (const name of [...FIXED, ...manifest.files.keys(), ...manifest.salts.keys()]) {
    need(files, name);
  }
  for (const [name, data] of files) {
    if (SIGNING.includes(name)) continue;
    const signed = manifest.files.get(name);
    if (!signed || !hasAPlace(name, manifest)) throw new BrokenPack('added-file', name);
    if (hex(await sha256(data)) !== signed) throw new BrokenPack('changed-file', name);
  }
}

/** Records and sightings come with their salts; orders and pictures are counted later. */
function hasAPlace(name: string, manifest: pack.Manifest): boolean {
  if (/^(records|sightings)\//.test(name)) return manifest.salts.has(name);
  return FIXED.includes(name) || /^(orders|media)\//.test(name);
}

async function checkOrders({ files, manifest }: Held, owner: Bytes): Promise<orders.Orders[]> {
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
async function checkChain(
  { files, manifest }: Held,
  given: readonly orders.Orders[],
): Promise<Chain> {
  const chain = new Map<number, Link>();
  const hashes = new Set(given.map(({ hash }) => hex(hash)));
  let [expected, previous] = [0, given[0]!.hash];
  for (const skeleton of cut(need(files, pack.CHAIN), SKELETON)) {
    const link = await orBroken(
      () => linkOf(skeleton, manifest),
      'bad-envelope',
      pack.CHAIN,
      expected,
    );
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

async function linkOf(skeleton: Bytes, { offer }: pack.Manifest): Promise<Link> {
  const one = envelope.parse(concat(SKELETON_MAGIC, skeleton));
  await envelope.verifyHeader(one, offer.deviceKey);
  if (!same(one.header.deviceId, offer.deviceId)) throw new Malformed('of another laptop');
  return { header: one.header, hash: await envelope.chainHash(one) };
}

/** Every receipt by its seq, which rises. */
async function checkReceipts({ files, manifest }: Held, chain: Chain): Promise<Receipts> {
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

/** What one folder shows, by seq; each must open the commitment made for it. */
async function checkDisclosed(
  { files, manifest }: Held,
  nameOf: (seq: number) => string,
  wrong: Wrong,
  commitFor: (seq: number) => Bytes | undefined,
): Promise<Said> {
  const said = new Map<number, Json | null>();
  const [folder] = nameOf(0).split('/');
  for (const [name, plaintext] of files) {
    if (!name.startsWith(`${folder}/`)) continue;
    const seq = Number(/\/(\d+)\./.exec(name)?.[1] ?? NaN);
    if (!Number.isSafeInteger(seq) || nameOf(seq) !== name)
      throw new BrokenPack('added-file', name);
    const [salt, commit] = [manifest.salts.get(name)!, commitFor(seq)];
    if (!commit || !same(await commitOf({ salt, plaintext }), commit)) {
      throw new BrokenPack(wrong, name, seq);
    }
    said.set(seq, readable(plaintext));
  }
  return said;
}

/** Null where genuine bytes are no JSON: that they were signed is all there is to prove. */
function readable(plaintext: Bytes): Json | null {
  try {
    return fromJson(plaintext);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** The pictures of each disclosed record; each must be one that its record commits to. */
async function checkMedia(
  { files }: Held,
  records: Said,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const claims = [...records].flatMap(([seq, record]) => pictures(seq, record));
  for (const [name, plaintext] of files) {
    if (!name.startsWith('media/')) continue;
    const keys = claims.filter((claim) => claim.name === name).map(({ key }) => key);
    const genuine = await Promise.all(
      keys.map(async ({ salt, commit }) => same(await commitOf({ salt, plaintext }), commit)),
    );
    if (!genuine.includes(true)) throw new BrokenPack('media-mismatch', name);
  }
  const there = claims.filter(({ name }) => files.has(name));
  const namesOf = (seq: number): string[] =>
    there.filter((claim) => claim.seq === seq).map(({ name }) => name);
  return new Map([...records.keys()].map((seq) => [seq, [...new Set(namesOf(seq))].sort()]));
}

interface Claim {
  readonly seq: number;
  readonly name: string;
  readonly key: MediaKey;
}

/** Whatever shape a laptop may have sent: what is no picture is left out. */
function pictures(seq: number, record: Json | null): readonly Claim[] {
  const listed = orNone(() => items(mapping(mapping(record?.readings).camera).cameras));
  return listed.flatMap((item) =>
    orNone(() => {
      const { media, index } = mapping(item);
      const key = mediaKeyFromJson(media);
      return [{ seq, key, name: pack.mediaName(seq, number(index, 0, 255), key.mime) }];
    }),
  );
}

function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

/** A receipt speaks for its report and all before it. */
function receivedAt(seq: number, signed: Receipts): number | null {
  const covering = [...signed.values()].find((one) => one.seq >= seq);
  return covering?.received ?? null;
}
