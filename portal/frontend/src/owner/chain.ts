/** The laptop's chain of envelopes as the portal shows it: whose, complete, in order. */

import { type Bytes, hex, same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import * as envelope from '../protocol/envelope';
import type { Examined } from './examination';
import { type Finding, found } from './findings';
import type { Row } from './rows';

/** What can be read at all; what cannot is named by its place in the portal's answer. */
export function readable(rows: readonly (Examined | null)[], findings: Finding[]): Examined[] {
  return rows.flatMap((one, number) => {
    if (!one) findings.push(found('malformed', null, { row: number }));
    else if (one.row.misread) findings.push(found('bad-receipt', one.row.seq));
    return one ? [one] : [];
  });
}

/** The reports this laptop signed, each place once, in the laptop's order. */
export function genuine(rows: readonly Examined[], findings: Finding[]): Examined[] {
  const kept = new Map<number, Examined>();
  let highest = -1;
  for (const one of rows) {
    const { seq, hash } = one.row;
    const before = kept.get(seq);
    if (one.refusal) findings.push(found(one.refusal, seq));
    else if (before) findings.push(found(same(before.row.hash, hash) ? 'replayed' : 'fork', seq));
    else {
      if (seq < highest) findings.push(found('reordered', seq));
      highest = Math.max(highest, seq);
      findings.push(...one.flaws.content);
      kept.set(seq, one);
    }
  }
  return [...kept.values()].sort((a, b) => a.row.seq - b.row.seq);
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
export function forked(
  rows: readonly (Examined | null)[],
  chain: Shown,
  findings: Finding[],
): Examined[] {
  return readable(rows, findings).filter(({ row, refusal }) => {
    const held = chain.hashes.get(row.seq);
    if (!refusal && held && same(held, row.hash)) return false;
    findings.push(found(refusal ?? 'fork', row.seq));
    return !refusal;
  });
}
