/**
 * Evidence pack (owner -> anyone), protocol.md 10: what stands in it and who vouches for it. The
 * files and their names are those of shared/pack.py.
 */

import { type Bytes, concat, hex } from './bytes';
import * as crypto from './crypto';
import type { Disclosure } from './disclosure';
import { b64, binary } from './encoding';
import { Malformed } from './errors';
import { fromJson, items, type Json, mapping, number, text, toJson } from './json';
import { type Offer, parseOffer } from './pairing';
import { type Files, write } from './zip';

const VERSION = 1;
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig';
export const CHAIN = 'chain.bin';
export const RECEIPTS = 'receipts.bin';
export const FOR_PEOPLE = ['README.txt', 'report.html', 'verify.html'] as const;
const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
};

/** A receipt key (PRK), since and until when (ms) the portal says it uses it. */
export interface PortalKey {
  readonly public: Bytes;
  readonly since: number;
  readonly until: number | null;
}

/** What pack and manifest have in common. */
interface About {
  readonly laptop: string;
  readonly made: number;
  readonly offer: Offer;
  readonly portalKeys: readonly PortalKey[];
}

/** What the owner's signature covers. `salts` by file name, `files` the SHA-256 of each, in hex. */
export interface Manifest extends About {
  readonly salts: ReadonlyMap<string, Bytes>;
  readonly files: ReadonlyMap<string, string>;
}

export type ForPeople = Readonly<Record<(typeof FOR_PEOPLE)[number], Bytes>>;

/** What goes into a pack. `records` and `sightings` by seq, `media` by file name. */
export interface Contents extends About {
  readonly orders: readonly Bytes[];
  readonly skeletons: readonly Bytes[];
  readonly receipts: readonly Bytes[];
  readonly records: ReadonlyMap<number, Disclosure>;
  readonly sightings: ReadonlyMap<number, Disclosure>;
  readonly media: ReadonlyMap<string, Bytes>;
}

export function recordName(seq: number): string {
  return `records/${six(seq)}.json`;
}

export function sightingName(seq: number): string {
  return `sightings/${six(seq)}.json`;
}

export function ordersName(serial: number): string {
  return `orders/${six(serial)}.bin`;
}

/** A type nobody shows as a picture gets an ending nobody opens. */
export function mediaName(seq: number, index: number, mime: string): string {
  const ending = Object.hasOwn(ENDINGS, mime) ? ENDINGS[mime] : 'bin';
  return `media/${six(seq)}-${index}.${ending}`;
}

function six(value: number): string {
  return String(value).padStart(6, '0');
}

/** The whole pack, signed; throws TooLarge. */
export async function make(
  contents: Contents,
  forPeople: ForPeople,
  owner: crypto.SigningKey,
): Promise<Bytes> {
  const shown = [
    ...named(contents.records, recordName),
    ...named(contents.sightings, sightingName),
  ];
  const files = filesOf(contents, forPeople, shown);
  const sums = [...files].map(
    async ([name, data]) => [name, hex(await crypto.sha256(data))] as const,
  );
  const salts = new Map(shown.map(([name, { salt }]) => [name, salt]));
  const manifest = { ...contents, salts, files: new Map(await Promise.all(sums)) };
  const signed = toJson(manifestToJson(manifest));
  const signature = concat(owner.public, await crypto.sign(owner, 'pack', signed));
  return write(new Map([...files, [MANIFEST, signed], [SIGNATURE, signature]]));
}

type Named = readonly (readonly [string, Disclosure])[];

function named(shown: ReadonlyMap<number, Disclosure>, nameOf: (seq: number) => string): Named {
  return [...shown].sort(([a], [b]) => a - b).map(([seq, one]) => [nameOf(seq), one] as const);
}

function filesOf(contents: Contents, forPeople: ForPeople, shown: Named): Files {
  return new Map([
    ...FOR_PEOPLE.map((name) => [name, forPeople[name]] as const),
    ...contents.orders.map((raw, i) => [ordersName(i + 1), raw] as const),
    [CHAIN, concat(...contents.skeletons)],
    [RECEIPTS, concat(...contents.receipts)],
    ...shown.map(([name, { plaintext }]) => [name, plaintext] as const),
    ...contents.media,
  ]);
}

function manifestToJson(manifest: Manifest): Json {
  return {
    v: VERSION,
    laptop: manifest.laptop,
    made: manifest.made,
    offer: b64(manifest.offer.raw),
    portal_keys: manifest.portalKeys.map(({ public: key, since, until }) => ({
      public: b64(key),
      from: since,
      until,
    })),
    salts: Object.fromEntries([...manifest.salts].map(([name, salt]) => [name, b64(salt)])),
    files: Object.fromEntries(manifest.files),
  };
}

/** Throws Malformed. Check the signature first. */
export async function parseManifest(signed: Bytes): Promise<Manifest> {
  const data = fromJson(signed);
  if (number(data.v) !== VERSION) throw new Malformed('a manifest of another version');
  return {
    laptop: text(data.laptop),
    made: number(data.made),
    offer: await parseOffer(binary(data.offer)),
    portalKeys: items(data.portal_keys).map((key) => portalKey(mapping(key))),
    salts: byName(data.salts, (salt) => binary(salt, 32)),
    files: byName(data.files, digest),
  };
}

function byName<T>(value: unknown, read: (said: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(mapping(value)).map(([name, said]) => [name, read(said)]));
}

function portalKey(data: Json): PortalKey {
  const until = data.until === null ? null : number(data.until);
  return { public: binary(data.public, crypto.KEY_SIZE), since: number(data.from), until };
}

function digest(value: unknown): string {
  const said = text(value);
  if (!/^[0-9a-f]{64}$/.test(said)) throw new Malformed('not a SHA-256');
  return said;
}

/** The key that signed the manifest; throws BadSignature, Malformed. */
export async function checkSignature(signed: Bytes, raw: Bytes): Promise<Bytes> {
  if (raw.length !== crypto.KEY_SIZE + crypto.SIGNATURE_SIZE) {
    throw new Malformed('a manifest’s signature has 96 bytes');
  }
  const owner = raw.slice(0, crypto.KEY_SIZE);
  await crypto.verify(owner, 'pack', raw.subarray(crypto.KEY_SIZE), signed);
  return owner;
}
