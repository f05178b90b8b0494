/**
 * From what the portal hands over to evidence an owner may believe, protocol.md 9, in its order.
 *
 * Pure: bytes and pins in, records and findings out. A bad record is named beside what is good; it
 * never stops the rest.
 */

import { type Bytes, hex, same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import { keyId, type OpeningKey } from '../protocol/crypto';
import type { Disclosure } from '../protocol/disclosure';
import { unb64 } from '../protocol/encoding';
import * as envelope from '../protocol/envelope';
import { BodyMismatch, ProtocolError } from '../protocol/errors';
import { parseRecord, type Record } from '../protocol/readings';
import type { Receipt } from '../protocol/receipt';
import type { Sighting } from '../protocol/sighting';
import * as chain from './chain';
import { type Directory, type Pins, withHigh } from './directory';
import { type Code, type Finding, found, LOSSES } from './findings';
import * as orderchain from './orderchain';
import * as receipts from './receipts';

/** What the portal handed over of one laptop, unchecked. */
export interface Handed {
  readonly orders: readonly unknown[];
  readonly records: readonly unknown[];
  readonly forks: readonly unknown[];
  readonly head: Head | null;
  readonly offer: unknown;
}

/** What the checks stand on: the owner's directory and private keys, nothing of the portal's. */
export interface Trust {
  readonly directory: Directory;
  readonly pins: Pins;
  /** By key id in hex. */
  readonly keys: ReadonlyMap<string, OpeningKey>;
}

/**
 * One genuine report: `record` and `disclosure` are null where it could not be opened.
 *
 * `moment` is when it was made by the laptop's clock, or else received (ms); 0 if neither is known.
 * `receipt` is the one that covers it; `sighting` stands with the last report of a check-in.
 */
export interface Evidence {
  readonly seq: number;
  readonly moment: number;
  readonly row: chain.Row;
  readonly record: Record | null;
  readonly disclosure: Disclosure | null;
  readonly receipt: Receipt | null;
  readonly sighting: Sighting | null;
}

/** `high` is the new mark, or null where what was shown must not move it. */
export interface Result {
  readonly evidence: readonly Evidence[];
  readonly forks: readonly Evidence[];
  readonly findings: readonly Finding[];
  readonly orders: orderchain.OrderChain;
  readonly high: Head | null;
}

/** Hears of reports as they are opened, newest first. */
export type Opened = (evidence: readonly Evidence[]) => void;

const BATCH = 50; // small enough that the newest are on the screen at once
const STALLS: ReadonlySet<Code> = new Set<Code>(['rollback', 'truncated', 'fork']);

/** Everything shown is genuine, in order and complete but for losses named by name. */
export function isVerified(result: Result): boolean {
  return result.findings.every((finding) => LOSSES.has(finding.code));
}

/** The pins after this: genuine newer orders, and the mark. */
export async function movedPins(result: Result, pins: Pins): Promise<Pins> {
  return withHigh(await orderchain.pinTo(result.orders, pins), result.high);
}

/** Check everything, from the first report, whose `prev` is orders serial 1. */
export async function verify(handed: Handed, trust: Trust, opened: Opened): Promise<Result> {
  const findings: Finding[] = [];
  const orders = await orderchain.check(handed.orders, trust.pins, trust.directory);
  findings.push(...orders.findings, ...offerChanged(handed.offer, trust.pins));
  const start = startOf(orders);
  const read = await chain.readRows(handed.records, findings);
  const rows = await chain.genuine(read, trust.pins, findings);
  chain.link(rows, start, findings);
  const shown = chain.shown(rows, start);
  const keys = await portalKeysOf(trust.directory);
  const held = await receipts.checkBeside(rows, keys, findings);
  const evidence = await openAll(rows, held, trust, findings, opened);
  for (const one of evidence) findings.push(...(await contradictions(one, shown, orders, keys)));
  findings.push(...chain.againstMarks(shown, [trust.pins.high, handed.head]));
  const high = newMark(rows, findings);
  const spurs = await chain.againstForks(handed.forks, shown, trust.pins, findings);
  const forks = await openAll(spurs, new Map(), trust, findings, () => undefined);
  return { evidence, forks, findings, orders, high };
}

/**
 * A first look at the last reports, before all have come: genuine ones, opened. Their order and
 * receipts are only known after `verify`.
 */
export async function glance(
  records: readonly unknown[],
  trust: Trust,
): Promise<readonly Evidence[]> {
  const rows = await chain.genuine(await chain.readRows(records, []), trust.pins, []);
  const held = await receipts.checkBeside(rows, await portalKeysOf(trust.directory), []);
  return openAll(rows, held, trust, [], () => undefined);
}

/** The portal's own table of laptops is never used; that it differs is still worth knowing. */
export function offerChanged(offer: unknown, pins: Pins): Finding[] {
  try {
    if ((offer ?? null) === null || same(unb64(offer), pins.offer.raw)) return [];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return [found('device-key-changed')];
}

function startOf({ orders }: orderchain.OrderChain): chain.Start {
  const hashes = new Set(orders.map((document) => hex(document.hash)));
  return { seq: -1, hash: orders[0]?.hash ?? null, orders: hashes };
}

async function portalKeysOf(directory: Directory): Promise<receipts.PortalKeys> {
  const keys = directory.portalKeys.map(async ({ public: key }): Promise<[string, Bytes]> => [
    hex(await keyId(key)),
    key,
  ]);
  return new Map(await Promise.all(keys));
}

/** In the laptop's order, though the newest are opened first. */
async function openAll(
  rows: readonly chain.Row[],
  held: ReadonlyMap<number, Receipt>,
  trust: Trust,
  findings: Finding[],
  opened: Opened,
): Promise<Evidence[]> {
  const batches: { evidence: Evidence; findings: Finding[] }[][] = [];
  const proof = { held, covering: receipts.covering(rows, held) };
  for (let end = rows.length; end > 0; end -= BATCH) {
    const batch = rows.slice(Math.max(0, end - BATCH), end);
    const done = await Promise.all(batch.map((row) => openOne(row, proof, trust)));
    opened(done.map(({ evidence }) => evidence).reverse());
    batches.unshift(done);
  }
  const all = batches.flat();
  for (const one of all) findings.push(...one.findings);
  return all.map(({ evidence }) => evidence);
}

interface Proof {
  readonly held: ReadonlyMap<number, Receipt>;
  readonly covering: ReadonlyMap<number, Receipt>;
}

async function openOne(
  row: chain.Row,
  { held, covering }: Proof,
  trust: Trust,
): Promise<{ evidence: Evidence; findings: Finding[] }> {
  const findings: Finding[] = [];
  const receipt = covering.get(row.seq) ?? null;
  const keys = [...trust.pins.vaults.values()].flatMap((kid) => trust.keys.get(kid) ?? []);
  const sighting = await receipts.openBeside(row, held.get(row.seq) ?? null, keys, findings);
  const content = await contentOf(row, trust, findings);
  const moment = content?.record.t ?? receipt?.received ?? 0;
  const { record = null, disclosure = null } = content ?? {};
  return {
    evidence: { seq: row.seq, moment, row, record, disclosure, receipt, sighting },
    findings,
  };
}

async function contentOf(
  row: chain.Row,
  trust: Trust,
  findings: Finding[],
): Promise<{ record: Record; disclosure: Disclosure } | null> {
  if (row.envelope.body === null) return null;
  const key = trust.keys.get(trust.pins.vaults.get(row.envelope.header.epoch) ?? '');
  try {
    if (!key) throw new ProtocolError('no key for this epoch');
    const disclosure = await envelope.open(row.envelope, key);
    return { record: parseRecord(disclosure.plaintext), disclosure };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    findings.push(
      found(error instanceof BodyMismatch ? 'commit-mismatch' : 'cannot-open', row.seq),
    );
    return null;
  }
}

/** What the laptop says it heard from the portal, against what the portal shows. */
async function contradictions(
  one: Evidence,
  shown: chain.Shown,
  orders: orderchain.OrderChain,
  keys: receipts.PortalKeys,
): Promise<Finding[]> {
  if (!one.record) return [];
  const quoted = await receipts.checkQuoted(one.record, one.row, shown, keys);
  const serial = one.record.said.orders_serial;
  const withheld = typeof serial === 'number' && serial > orders.orders.length;
  return [
    ...(quoted ? [quoted] : []),
    ...(withheld ? [found('orders-withheld', one.seq, { serial })] : []),
  ];
}

function newMark(rows: readonly chain.Row[], findings: readonly Finding[]): Head | null {
  const last = rows.at(-1);
  if (!last || findings.some((finding) => STALLS.has(finding.code))) return null;
  return { seq: last.seq, chainHash: last.hash };
}
