/**
 * From what the portal hands over to evidence an owner may believe, protocol.md 9, in its order.
 *
 * Pure: examined reports and pins in, evidence and findings out. A bad report is named beside what
 * is good; it never stops the rest.
 */

import { hex, same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import type { Disclosure } from '../protocol/disclosure';
import { unb64 } from '../protocol/encoding';
import { ProtocolError } from '../protocol/errors';
import { DAY_MS, keeping } from '../protocol/keeping';
import type { Record } from '../protocol/readings';
import type { Receipt } from '../protocol/receipt';
import type { Sighting } from '../protocol/sighting';
import * as chain from './chain';
import { type Pins, withHigh } from './directory';
import type { Examined, Trust } from './examination';
import { BY_CHOICE, type Code, type Finding, found, LOSSES } from './findings';
import * as orderchain from './orderchain';
import type { Row } from './rows';

/** What the portal handed over of one laptop: its reports examined, the rest unchecked. */
export interface Handed {
  readonly orders: readonly unknown[];
  readonly reports: readonly (Examined | null)[];
  readonly forks: readonly (Examined | null)[];
  readonly head: Head | null;
  readonly offer: unknown;
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
  readonly row: Row;
  readonly record: Record | null;
  readonly disclosure: Disclosure | null;
  readonly receipt: Receipt | null;
  readonly sighting: Sighting | null;
}

/**
 * `high` is the new mark, or null where what was shown must not move it; `reports` is what it all
 * stands on, so that later only newer ones need to be fetched. `letGo` are the reports whose content
 * is gone because their owner's orders say so.
 */
export interface Result {
  readonly reports: readonly (Examined | null)[];
  readonly evidence: readonly Evidence[];
  readonly forks: readonly Evidence[];
  readonly findings: readonly Finding[];
  readonly orders: orderchain.OrderChain;
  readonly high: Head | null;
  readonly letGo: ReadonlySet<number>;
}

const STALLS: ReadonlySet<Code> = new Set<Code>(['rollback', 'truncated', 'fork']);

/** Everything shown is genuine, in order and complete but for losses named by name. */
export function isVerified(result: Result): boolean {
  return result.findings.every((finding) => LOSSES.has(finding.code));
}

/** The pins after this: genuine newer orders, and the mark. */
export async function movedPins(result: Result, pins: Pins): Promise<Pins> {
  return withHigh(await orderchain.pinTo(result.orders, pins), result.high);
}

/** Judge everything at `now` (ms), from the first report, whose `prev` is orders serial 1. */
export async function verify(handed: Handed, trust: Trust, now: number): Promise<Result> {
  const findings: Finding[] = [];
  const orders = await orderchain.check(handed.orders, trust.pins, trust.directory);
  findings.push(...orders.findings, ...offerChanged(handed.offer, trust.pins));
  const start = startOf(orders);
  const kept = chain.genuine(chain.readable(handed.reports, findings), findings);
  const rows = kept.map(({ row }) => row);
  chain.link(rows, start, findings);
  const shown = chain.shown(rows, start);
  findings.push(...kept.flatMap(({ flaws }) => flaws.receipt), ...uncovered(kept));
  findings.push(...kept.flatMap(({ flaws }) => [...flaws.sighting, ...flaws.opening]));
  for (const one of kept) findings.push(...contradictions(one, shown, orders));
  findings.push(...chain.againstMarks(shown, [trust.pins.high, handed.head]));
  const high = newMark(rows, findings);
  const spurs = chain.forked(handed.forks, shown, findings);
  findings.push(...spurs.flatMap(({ flaws }) => flaws.opening));
  const evidence = evidenceOf(kept);
  const letGo = goneByChoice(evidence, orders, now);
  return {
    reports: handed.reports,
    evidence,
    forks: spurs.map(alone),
    findings: findings.filter(({ code, seq }) => !BY_CHOICE.has(code) || !letGo.has(seq ?? -1)),
    orders,
    high,
    letGo,
  };
}

/**
 * Dated by signed receipts, so that a portal cannot pass off what is new as old. Its clock may be a
 * day ahead of ours.
 */
function goneByChoice(
  evidence: readonly Evidence[],
  { orders }: orderchain.OrderChain,
  now: number,
): ReadonlySet<number> {
  const mayBeGone = keeping(
    orders.map(({ will }) => will),
    now + DAY_MS,
  );
  const gone = evidence.filter(
    ({ row, receipt }) => !row.envelope.body && receipt && mayBeGone(receipt.received),
  );
  return new Set(gone.map(({ seq }) => seq));
}

/** A first look at the last reports: genuine ones. Their order is only known after `verify`. */
export function glance(reports: readonly (Examined | null)[]): readonly Evidence[] {
  return evidenceOf(chain.genuine(chain.readable(reports, []), []));
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

/** With each report the receipt of the check-in that brought it: the first at or after it. */
function evidenceOf(kept: readonly Examined[]): Evidence[] {
  let covering: Receipt | null = null;
  const backwards = kept.toReversed().map((one) => {
    covering = one.receipt ?? covering;
    return asEvidence(one, covering);
  });
  return backwards.reverse();
}

/** A fork hangs on nothing the portal has signed for. */
function alone(fork: Examined): Evidence {
  return asEvidence({ ...fork, sighting: null }, null);
}

function asEvidence(
  { row, record, disclosure, sighting }: Examined,
  receipt: Receipt | null,
): Evidence {
  const moment = record?.t ?? receipt?.received ?? 0;
  return { seq: row.seq, moment, row, record, disclosure, receipt, sighting };
}

/** Reports at the end that no receipt covers. */
function uncovered(kept: readonly Examined[]): Finding[] {
  const bare = kept.slice(1 + kept.findLastIndex(({ receipt }) => receipt));
  const [first, last] = [bare[0]?.row.seq, bare.at(-1)?.row.seq];
  return first === undefined || last === undefined
    ? []
    : [found('no-receipt', first, { first, last })];
}

/** What the laptop says it heard from the portal, against what the portal shows. */
function contradictions(
  { row: { seq }, record, quoted }: Examined,
  shown: chain.Shown,
  orders: orderchain.OrderChain,
): Finding[] {
  const findings: Finding[] = [];
  if (typeof quoted === 'string') findings.push(found(quoted, seq));
  else if (quoted && (quoted.seq >= seq || chain.contradicts(shown, quoted))) {
    findings.push(found('receipt-contradiction', seq, { about: quoted.seq }));
  }
  const serial = record?.said.orders_serial;
  if (typeof serial === 'number' && serial > orders.orders.length) {
    findings.push(found('orders-withheld', seq, { serial }));
  }
  return findings;
}

function newMark(rows: readonly Row[], findings: readonly Finding[]): Head | null {
  const last = rows.at(-1);
  if (!last || findings.some((finding) => STALLS.has(finding.code))) return null;
  return { seq: last.seq, chainHash: last.hash };
}
