/**
 * Check an evidence pack, protocol.md 10: no secret, account or portal. The order is the one of
 * shared/packcheck.py, so that both name the same thing first.
 */

import { type Bytes, hex, same } from './bytes';
import { sha256 } from './crypto';
import { commitOf } from './disclosure';
import { SEGMENT_START } from './envelope';
import { ProtocolError } from './errors';
import { fromJson, items, type Json, mapping, number } from './json';
import { type MediaKey, mediaKeyFromJson } from './media';
import * as pack from './pack';
import { BrokenPack, orBroken, type Wrong } from './packerrors';
import {
  checkChain,
  checkOrders,
  checkReceipts,
  type Held,
  need,
  type Receipts,
} from './packproof';
import { Damaged, type Files, read } from './zip';

const SIGNING: readonly string[] = [pack.MANIFEST, pack.SIGNATURE];
const FIXED: readonly string[] = [...pack.FOR_PEOPLE, pack.CHAIN, pack.RECEIPTS];

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
  const received = receivedTimes(
    [...records.keys()].sort((a, b) => a - b),
    signed,
  );
  const segments = [...chain.values()].filter(({ header }) => header.kind === SEGMENT_START);
  return {
    manifest,
    owner,
    files,
    reports: chain.size,
    receipts: signed.size,
    segments: segments.map(({ header }) => header.seq),
    shown: [...records].map(([seq, record]) => ({
      seq,
      received: received.get(seq) ?? null,
      record,
      sighting: sightings.get(seq) ?? null,
      media: media.get(seq) ?? [],
    })),
  };
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
  const sums = [...files].map(async ([name, data]) => [name, hex(await sha256(data))] as const);
  for (const [name, sum] of await Promise.all(sums)) {
    if (SIGNING.includes(name)) continue;
    const signed = manifest.files.get(name);
    if (!signed || !hasAPlace(name, manifest)) throw new BrokenPack('added-file', name);
    if (sum !== signed) throw new BrokenPack('changed-file', name);
  }
}

/** Records and sightings come with their salts; orders and pictures are counted later. */
function hasAPlace(name: string, manifest: pack.Manifest): boolean {
  if (/^(records|sightings)\//.test(name)) return manifest.salts.has(name);
  return FIXED.includes(name) || /^(orders|media)\//.test(name);
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
  const claimed = Map.groupBy(claims, ({ name }) => name);
  for (const [name, plaintext] of files) {
    if (!name.startsWith('media/')) continue;
    const genuine = await Promise.all(
      (claimed.get(name) ?? []).map(async ({ key: { salt, commit } }) =>
        same(await commitOf({ salt, plaintext }), commit),
      ),
    );
    if (!genuine.includes(true)) throw new BrokenPack('media-mismatch', name);
  }
  const there = Map.groupBy(
    claims.filter(({ name }) => files.has(name)),
    ({ seq }) => seq,
  );
  return new Map(
    [...there].map(([seq, held]) => [seq, [...new Set(held.map(({ name }) => name))].sort()]),
  );
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

/** When the portal had each report: a receipt speaks for its own and all before it. */
function receivedTimes(seqs: Iterable<number>, signed: Receipts): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  const receipts = [...signed.values()];
  let next = 0;
  for (const seq of seqs) {
    while (next < receipts.length && receipts[next]!.seq < seq) next++;
    if (next < receipts.length) times.set(seq, receipts[next]!.received);
  }
  return times;
}
