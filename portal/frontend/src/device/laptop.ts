/** One laptop as its page shows it: what it was ordered, when it was heard, what it sent. */

import { Refused } from '../api';
import type { Desk } from '../owner/desk';
import { pinsOf } from '../owner/desk';
import type { Pins } from '../owner/directory';
import { type Finding, found } from '../owner/findings';
import { newest, OrdersNotTrusted } from '../owner/orderchain';
import { ordersOf } from '../owner/thefts';
import { type Evidence, offerChanged, type Result } from '../owner/verification';
import { parseHead } from '../protocol/checkin';
import { ProtocolError } from '../protocol/errors';
import type { Json } from '../protocol/json';
import type { Orders } from '../protocol/orders';
import type { Standing } from '../protocol/will';

/** What the portal says of a laptop: good for “when”, never for “what”. Times in ms. */
export interface Heard {
  readonly lastHeard: number | null;
  readonly left: number | null;
  readonly knownSerial: number;
  readonly knownAt: number | null;
  readonly head: string;
}

/**
 * `orders` are genuine, from serial 1, and `distrust` is what is wrong with the rest; `doubts` is
 * what else contradicts the pins before any evidence is read; `result` is null until all is checked.
 */
export interface Laptop {
  readonly id: string;
  readonly name: string;
  readonly heard: Heard;
  readonly orders: readonly Orders[];
  readonly distrust: readonly Finding[];
  readonly doubts: readonly Finding[];
  readonly evidence: readonly Evidence[];
  readonly result: Result | null;
}

/** One of the list that the portal says nothing believable of: `why` names a sentence of the page. */
export interface Untold {
  readonly id: string;
  readonly name: string;
  readonly why: 'untold-withheld' | 'untold-senseless';
}

const GRACE = 2.25; // one missed report is a lost connection, two are worth a word

/** All in the directory; one about which the portal lies hides no other. Throws as `laptopOf`. */
export async function laptopsOf(desk: Desk): Promise<readonly (Laptop | Untold)[]> {
  const { devices } = await desk.directory();
  return Promise.all([...devices].map(([id, { name }]) => toldOf(desk, id, name)));
}

async function toldOf(desk: Desk, id: string, name: string): Promise<Laptop | Untold> {
  try {
    return await laptopOf(desk, id);
  } catch (error) {
    if (error instanceof ProtocolError) return { id, name, why: 'untold-senseless' };
    if (error instanceof Refused && error.status === 404) {
      return { id, name, why: 'untold-withheld' };
    }
    throw error;
  }
}

/** Its orders and when it was heard; throws Problem, Refused, Away, Malformed. */
export async function laptopOf(desk: Desk, id: string): Promise<Laptop> {
  const directory = await desk.directory();
  const pins = pinsOf(directory, id);
  const said = await desk.api.get(`/devices/${id}`);
  const doubts = [...offerChanged(said.offer, pins), ...cutShort(said.head, pins)];
  const { orders, findings } = await ordersOf(desk, directory, pins);
  const checked = { orders, distrust: findings, doubts, evidence: [], result: null };
  return { id, name: pins.name, heard: heardIn(said), ...checked };
}

export async function heardOf(desk: Desk, id: string): Promise<Heard> {
  return heardIn(await desk.api.get(`/devices/${id}`));
}

function heardIn({ last_heard, left, known_serial, known_at, head }: Json): Heard {
  return {
    lastHeard: numberOrNull(last_heard),
    left: numberOrNull(left),
    knownSerial: numberOrNull(known_serial) ?? 0,
    knownAt: numberOrNull(known_at),
    head: JSON.stringify(head ?? null),
  };
}

/** The portal claims fewer reports than were checked here before. */
function cutShort(head: unknown, { high }: Pins): Finding[] {
  const last = (head ?? null) === null ? -1 : parseHead(head).seq;
  return high && last < high.seq ? [found('truncated', high.seq, { found: last })] : [];
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** The newest genuine orders, or null where the portal's chain is not to be believed. */
export function ordersInForce({ orders, distrust }: Laptop): Orders | null {
  try {
    return newest({ orders, findings: distrust });
  } catch (error) {
    if (error instanceof OrdersNotTrusted) return null;
    throw error;
  }
}

export const STANDING_BADGES = { home: 'ok', stolen: 'danger', unknown: 'warn' } as const;

/** As those orders say, or unknown. */
export function standingOf(laptop: Laptop): Standing | 'unknown' {
  return ordersInForce(laptop)?.will.standing ?? 'unknown';
}

/** How often it has been told to report (ms); a mandate that has passed ends by itself. */
export function interval(laptop: Laptop, now: number): number {
  const will = ordersInForce(laptop)?.will;
  const theft = will?.theft && will.theft.until > now ? will.theft : null;
  return 1000 * (theft?.intervalS ?? will?.watchIntervalS ?? 3600);
}

export type Health = 'new' | 'heard' | 'overdue' | 'left';

export function health(laptop: Laptop, now: number): Health {
  const { lastHeard, left } = laptop.heard;
  if (left !== null) return 'left';
  if (lastHeard === null) return 'new';
  return now - lastHeard > GRACE * interval(laptop, now) ? 'overdue' : 'heard';
}

/** Whether this report was made under orders that said stolen. */
export function madeStolen({ orders }: Laptop, { record }: Evidence): boolean {
  const serial = record?.said.orders_serial;
  return typeof serial === 'number' && orders[serial - 1]?.will.standing === 'stolen';
}

/**
 * When the laptop first showed that it knows of the theft now in force, or null: out of its own
 * signed reports, or else by what the portal says.
 */
export function knowsSince(laptop: Laptop): number | null {
  const force = ordersInForce(laptop);
  const id = force?.will.theft?.id;
  const opening = laptop.orders.find(({ will }) => id && will.theft?.id === id)?.serial;
  if (!opening) return null;
  const told = laptop.evidence.find(
    ({ record }) => Number(record?.said.orders_serial ?? 0) >= opening,
  );
  if (told) return told.moment;
  return laptop.heard.knownSerial >= opening ? laptop.heard.knownAt : null;
}
