/**
 * What one report is worth by itself: who signed it, whether its content is whole, what it says.
 *
 * Nothing here needs to know of another report, so many can be examined side by side, in several
 * workers. What only shows between them (order, gaps, contradictions) is for `verification.ts`.
 */

import { same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import type { OpeningKey } from '../protocol/crypto';
import type { Disclosure } from '../protocol/disclosure';
import * as envelope from '../protocol/envelope';
import { BadSignature, BodyMismatch, ProtocolError } from '../protocol/errors';
import { parseRecord, type Record } from '../protocol/readings';
import type { Receipt } from '../protocol/receipt';
import type { Sighting } from '../protocol/sighting';
import type { Directory, Pins } from './directory';
import { type Code, type Finding, found } from './findings';
import { Receipts } from './receipts';
import { type Row, readRow } from './rows';

/** What the checks stand on: the owner's directory and private keys, nothing of the portal's. */
export interface Trust {
  readonly directory: Directory;
  readonly pins: Pins;
  /** By key id in hex. */
  readonly keys: ReadonlyMap<string, OpeningKey>;
}

/** What is wrong with one report, by the check that saw it. */
export interface Flaws {
  readonly content: readonly Finding[];
  readonly receipt: readonly Finding[];
  readonly sighting: readonly Finding[];
  readonly opening: readonly Finding[];
}

/**
 * `refusal` is why it is not this laptop's word: then nothing else was looked at. A body that is
 * not the signed one is taken off the row. `receipt` is the one beside it, if it holds; `quoted` is
 * what the one says that the laptop had heard last, or what is wrong with that.
 */
export interface Examined {
  readonly row: Row;
  readonly refusal: Code | null;
  readonly receipt: Receipt | null;
  readonly record: Record | null;
  readonly disclosure: Disclosure | null;
  readonly sighting: Sighting | null;
  readonly quoted: Head | Code | null;
  readonly flaws: Flaws;
}

const AT_ONCE = 50; // what is under way takes memory, and all cores are busy with this many

/** Every row in its place; null for what is no report. */
export async function examine(
  raw: readonly unknown[],
  trust: Trust,
): Promise<readonly (Examined | null)[]> {
  const receipts = await Receipts.of(trust.directory, trust.pins.offer.deviceId);
  const examined: (Examined | null)[] = [];
  for (let start = 0; start < raw.length; start += AT_ONCE) {
    const some = raw.slice(start, start + AT_ONCE);
    examined.push(...(await Promise.all(some.map((one) => examineOne(one, trust, receipts)))));
  }
  return examined;
}

async function examineOne(
  raw: unknown,
  trust: Trust,
  receipts: Receipts,
): Promise<Examined | null> {
  const read = await readRow(raw);
  if (!read) return null;
  const refusal = await refusalOf(read, trust.pins);
  if (refusal) return { ...NOTHING, row: read, refusal };
  const content: Finding[] = [];
  const row = await withBodyChecked(read, content);
  const problem = row.receipt && (await receipts.problemBeside(row));
  const receipt = problem ? null : row.receipt;
  const [unseen, opening]: [Finding[], Finding[]] = [[], []];
  const sighting = await receipts.openSighting(row, receipt, keysOf(trust), unseen);
  const said = await contentOf(row, trust, opening);
  const quoted = await receipts.quotedIn(said?.record ?? null);
  const flaws = { content, receipt: problem ? [problem] : [], sighting: unseen, opening };
  const { record = null, disclosure = null } = said ?? {};
  return { row, refusal, receipt, record, disclosure, sighting, quoted, flaws };
}

const NOTHING = {
  receipt: null,
  record: null,
  disclosure: null,
  sighting: null,
  quoted: null,
  flaws: { content: [], receipt: [], sighting: [], opening: [] },
};

async function refusalOf(row: Row, pins: Pins): Promise<Code | null> {
  if (!same(row.envelope.header.deviceId, pins.offer.deviceId)) return 'grafted';
  try {
    await envelope.verifyHeader(row.envelope, pins.offer.deviceKey);
    return null;
  } catch (error) {
    if (error instanceof BadSignature) return 'bad-signature';
    throw error;
  }
}

/** It keeps its place in the chain and loses the body, where that is not the signed one. */
async function withBodyChecked(row: Row, flaws: Finding[]): Promise<Row> {
  if (row.envelope.body === null) flaws.push(found('erased-body', row.seq));
  if (await envelope.bodyMatches(row.envelope)) return row;
  flaws.push(found('body-mismatch', row.seq));
  return { ...row, envelope: envelope.withoutBody(row.envelope) };
}

function keysOf({ pins, keys }: Trust): OpeningKey[] {
  return [...pins.vaults.values()].flatMap((kid) => keys.get(kid) ?? []);
}

async function contentOf(
  row: Row,
  trust: Trust,
  flaws: Finding[],
): Promise<{ record: Record; disclosure: Disclosure } | null> {
  if (row.envelope.body === null) return null;
  const key = trust.keys.get(trust.pins.vaults.get(row.envelope.header.epoch) ?? '');
  try {
    if (!key) throw new ProtocolError('no key for this epoch');
    const disclosure = await envelope.open(row.envelope, key);
    return { record: parseRecord(disclosure.plaintext), disclosure };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    flaws.push(found(error instanceof BodyMismatch ? 'commit-mismatch' : 'cannot-open', row.seq));
    return null;
  }
}
