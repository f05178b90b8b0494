/** The laptop's chain of envelopes as the portal shows it: whose, unchanged, complete, in order. */

import { type Bytes, hex, same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import { unb64 } from '../protocol/encoding';
import * as envelope from '../protocol/envelope';
import { BadSignature, ProtocolError } from '../protocol/errors';
import { mapping } from '../protocol/json';
import * as receipts from '../protocol/receipt';
import type { Pins } from './directory';
import { type Code, type Finding, found } from './findings';

/** One envelope with what the portal put beside it; `hash` is its chain hash. */
export interface Row {
  readonly seq: number;
  readonly envelope: envelope.Envelope;
  readonly hash: Bytes;
  readonly receipt: receipts.Receipt | null;
  readonly sighting: Bytes | null;
}

/** What can be read at all. */
export async function readRows(raw: readonly unknown[], findings: Finding[]): Promise<Row[]> {
  const rows = await Promise.all(raw.map(readRow));
  return rows.flatMap((row, number) => {
    if (row === null) findings.push(found('malformed', null, { row: number }));
    else if (row.finding) findings.push(row.finding);
    return row ? [row.row] : [];
  });
}

async function readRow(raw: unknown): Promise<{ row: Row; finding: Finding | null } | null> {
  try {
    const item = mapping(raw);
    const parsed = envelope.parse(unb64(item.envelope));
    const bare = {
      seq: parsed.header.seq,
      envelope: parsed,
      hash: await envelope.chainHash(parsed),
    };
    return withReceipt(bare, item.receipt ?? null, item.sighting ?? null);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** A receipt that cannot be read must not cost the report it stands with. */
function withReceipt(
  bare: Pick<Row, 'seq' | 'envelope' | 'hash'>,
  signed: unknown,
  sighting: unknown,
): { row: Row; finding: Finding | null } {
  try {
    const receipt = signed === null ? null : receipts.parse(unb64(signed));
    const seen = sighting === null ? null : unb64(sighting);
    return { row: { ...bare, receipt, sighting: seen }, finding: null };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return {
      row: { ...bare, receipt: null, sighting: null },
      finding: found('bad-receipt', bare.seq),
    };
  }
}

/**
 * The rows this laptop signed, each place once, in the laptop's order.
 *
 * A row whose body is not the signed one keeps its place in the chain and loses the body.
 */
export async function genuine(
  rows: readonly Row[],
  pins: Pins,
  findings: Finding[],
): Promise<Row[]> {
  const checked = await Promise.all(
    rows.map(async (row) => ({
      row,
      refusal: await refusalOf(row, pins),
      whole: await envelope.bodyMatches(row.envelope),
    })),
  );
  const kept = new Map<number, Row>();
  let highest = -1;
  for (const { row, refusal, whole } of checked) {
    const before = kept.get(row.seq);
    if (refusal) findings.push(found(refusal, row.seq));
    else if (before)
      findings.push(found(same(before.hash, row.hash) ? 'replayed' : 'fork', row.seq));
    else {
      if (row.seq < highest) findings.push(found('reordered', row.seq));
      highest = Math.max(highest, row.seq);
      kept.set(row.seq, withBodyChecked(row, whole, findings));
    }
  }
  return [...kept.values()].sort((a, b) => a.seq - b.seq);
}

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

function withBodyChecked(row: Row, whole: boolean, findings: Finding[]): Row {
  if (row.envelope.body === null) findings.push(found('erased-body', row.seq));
  if (whole) return row;
  findings.push(found('body-mismatch', row.seq));
  return { ...row, envelope: envelope.withoutBody(row.envelope) };
}

/**
 * A walk begins behind report `seq` (-1: at the first), whose chain hash this is.
 *
 * `orders` are the hashes of all genuine orders, in hex: a new segment follows one of them.
 */
export interface Start {
  readonly seq: number;
  readonly hash: Bytes | null;
  readonly orders: ReadonlySet<string>;
}

/** Name every break between the rows, which are genuine and sorted. */
export function link(rows: readonly Row[], start: Start, findings: Finding[]): void {
  let expected = start.seq + 1;
  let previous = start.hash;
  for (const row of rows) {
    const finding = breakAt(row, expected, previous, start.orders);
    if (finding) findings.push(finding);
    if (row.seq >= expected) [expected, previous] = [row.seq + 1, row.hash];
  }
}

function breakAt(
  row: Row,
  expected: number,
  previous: Bytes | null,
  orders: ReadonlySet<string>,
): Finding | null {
  const { kind, prev } = row.envelope.header;
  if (row.seq < expected) return found('replayed', row.seq);
  if (kind === envelope.SEGMENT_START) {
    // Its number is meant to jump, so nothing here says whether reports stood between; the mark
    // and the receipts its laptop quotes may.
    return found(orders.has(hex(prev)) ? 'segment-start' : 'fork', row.seq);
  }
  if (row.seq > expected) return found('gap', null, { first: expected, last: row.seq - 1 });
  return previous && !same(prev, previous) ? found('fork', row.seq) : null;
}

/** The chain hash of every report shown, by seq, and of the one the walk began `after`. */
export interface Shown {
  readonly hashes: ReadonlyMap<number, Bytes>;
  readonly after: number;
}

export function shown(rows: readonly Row[], start: Start): Shown {
  const hashes = new Map(rows.map((row) => [row.seq, row.hash]));
  if (start.hash) hashes.set(start.seq, start.hash);
  return { hashes, after: start.seq };
}

/** Whether this report, once seen or signed for, is missing now or another. */
export function contradicts(chain: Shown, mark: Head): boolean {
  const hash = chain.hashes.get(mark.seq);
  return mark.seq >= chain.after && !(hash && same(hash, mark.chainHash));
}

/** Compare with the highest report ever checked here, and with the head the portal claims. */
export function againstMarks(chain: Shown, marks: readonly (Head | null)[]): Finding[] {
  const last = [...chain.hashes.keys()].reduce((a, b) => Math.max(a, b), -1);
  for (const mark of marks) {
    if (mark === null) continue;
    if (mark.seq > last) return [found('truncated', mark.seq, { found: last })];
    if (contradicts(chain, mark)) return [found('rollback', mark.seq)];
  }
  return [];
}

/** The forks the portal kept: those that this laptop signed and that differ from the chain. */
export async function againstForks(
  raw: readonly unknown[],
  chain: Shown,
  pins: Pins,
  findings: Finding[],
): Promise<Row[]> {
  const forks: Row[] = [];
  for (const row of await readRows(raw, findings)) {
    const refusal = await refusalOf(row, pins);
    const held = chain.hashes.get(row.seq);
    if (refusal) findings.push(found(refusal, row.seq));
    else if (!(held && same(held, row.hash))) {
      findings.push(found('fork', row.seq));
      forks.push(row);
    }
  }
  return forks;
}
