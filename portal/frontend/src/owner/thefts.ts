/** Mark as stolen, recovered, and send commands: whatever the owner's key has to sign. */

import { Refused } from '../api';
import { hex, random } from '../protocol/bytes';
import { type Content, make as makeCommand, type Wish } from '../protocol/command';
import { b64 } from '../protocol/encoding';
import * as orders from '../protocol/orders';
import { Problem } from './problem';
import { type Desk, pinsOf } from './desk';
import type { Directory, Pins } from './directory';
import { check, newest, type OrderChain, pinTo } from './orderchain';
import type { Unlocked } from './signing';

const DAY_MS = 24 * 3600 * 1000;
/** A stolen laptop may be silent for days, one in a drawer for months; a late alarm is for nobody. */
const LIVES_MS: Readonly<Record<Wish, number>> = {
  alarm: DAY_MS,
  drill: DAY_MS,
  'report-now': DAY_MS,
  message: 7 * DAY_MS,
  lock: 7 * DAY_MS,
  wipe: 7 * DAY_MS,
  leave: 90 * DAY_MS,
};
const LONGEST_THEFT_MS = 180 * DAY_MS;
const INTERVAL_S = 300;
const TRIES = 3;

/** What the owner allows the laptop to do, and for how long. */
export interface Mandate {
  readonly days: number;
  readonly note: string;
  readonly camera: boolean;
  /** Whether a notice covers the laptop's screen at once, not after a day. */
  readonly tellAtOnce: boolean;
}

export const FOURTEEN_DAYS: Mandate = { days: 14, note: '', camera: true, tellAtOnce: false };

/** What the portal shows of a laptop's orders, checked. */
export async function ordersOf(desk: Desk, directory: Directory, pins: Pins): Promise<OrderChain> {
  const answer = await desk.api.get(`/devices/${hex(pins.offer.deviceId)}/orders`);
  return check(Array.isArray(answer.orders) ? answer.orders : [], pins, directory);
}

/**
 * Mark as stolen, or move the end of a running mandate; a mandate that has run out begins anew
 * under the same theft. The newest orders. Throws Problem, OrdersNotTrusted, Refused.
 */
export async function stolen(
  desk: Desk,
  id: string,
  mandate: Mandate,
  key: Unlocked,
): Promise<orders.Orders> {
  const held = await heldOrders(desk, id);
  const path = held.will.theft ? 'orders' : 'theft';
  return order(desk, id, path, key, (will) => stolenWill(will, mandate, desk.now()));
}

/** End a theft; throws Problem when there is none, OrdersNotTrusted, Refused. */
export async function recovered(desk: Desk, id: string, key: Unlocked): Promise<orders.Orders> {
  const held = await heldOrders(desk, id);
  if (held.will.standing === 'home') throw new Problem('This laptop is not marked as stolen.');
  return order(desk, id, 'theft/recovered', key, (will) => ({
    ...will,
    standing: 'home',
    t: desk.now(),
    theft: null,
  }));
}

/** Answer a laptop that said, at `seen` (ms), that its usual user is back. Throws as `recovered`. */
export async function stillStolen(
  desk: Desk,
  id: string,
  seen: number,
  key: Unlocked,
): Promise<orders.Orders> {
  const held = await heldOrders(desk, id);
  if (held.will.standing === 'home') throw new Problem('This laptop is not marked as stolen.');
  return order(desk, id, 'orders', key, (will) => ({
    ...will,
    t: desk.now(),
    theft: will.theft && { ...will.theft, confirmed: seen },
  }));
}

/** Tell a laptop of a new recovery key; nothing else changes. Throws as `recovered`. */
export async function nameRecovery(desk: Desk, id: string, key: Unlocked): Promise<void> {
  await order(desk, id, 'orders', key, (will) => ({ ...will, t: desk.now() }));
}

/** Have the laptop rehearse a theft by itself every so many days; 0 ends that. */
export async function drillEvery(
  desk: Desk,
  id: string,
  drillDays: number,
  key: Unlocked,
): Promise<orders.Orders> {
  return order(desk, id, 'orders', key, (will) => ({ ...will, t: desk.now(), drillDays }));
}

/** Change how long the portal keeps what the laptop reports. Throws as `recovered`. */
export async function keep(
  desk: Desk,
  id: string,
  wish: Partial<orders.Keep>,
  key: Unlocked,
): Promise<orders.Orders> {
  return order(desk, id, 'keeping', key, (will) => ({
    ...will,
    t: desk.now(),
    keep: { ...will.keep, ...wish },
  }));
}

/**
 * Sign, seal and leave a command at the portal; its id in hex.
 *
 * The counter is kept before anything is sent: a number used twice would be refused by the
 * laptop, a number skipped harms nobody.
 */
export async function sendCommand(
  desk: Desk,
  id: string,
  content: Content,
  key: Unlocked,
): Promise<string> {
  const held = await heldOrders(desk, id);
  const pins = await desk.pin(id, (before) => ({ ...before, counter: before.counter + 1 }));
  const issued = desk.now();
  const terms = {
    deviceId: pins.offer.deviceId,
    counter: pins.counter,
    issued,
    expires: issued + LIVES_MS[content.wish],
    ordersSerial: held.serial,
  };
  const made = await makeCommand(terms, content, pins.offer.commandKey, key.owner);
  await desk.api.post(`/devices/${id}/commands`, { command: b64(made.raw) });
  return hex(made.id);
}

async function heldOrders(desk: Desk, id: string): Promise<orders.Orders> {
  const directory = await desk.directory();
  return newest(await ordersOf(desk, directory, pinsOf(directory, id)));
}

/** One that has lasted as long as a theft may begins anew, and so does the time to its notice. */
function stolenWill(will: orders.Will, mandate: Mandate, now: number): orders.Will {
  const lasting = will.theft && will.theft.since + LONGEST_THEFT_MS > now ? will.theft : null;
  const begun = lasting ?? {
    id: hex(random(8)),
    since: now,
    intervalS: INTERVAL_S,
    traceroute: true,
    note: '',
    ...orders.UNTOLD,
  };
  const theft: orders.Theft = {
    ...begun,
    until: Math.min(now + mandate.days * DAY_MS, begun.since + LONGEST_THEFT_MS),
    camera: mandate.camera,
    note: mandate.note || begun.note,
    noticeAfterS: mandate.tellAtOnce ? 0 : begun.noticeAfterS,
  };
  return { ...will, standing: 'stolen', t: now, theft };
}

/**
 * Sign on top of the newest genuine orders, send, and pin what the portal then shows.
 *
 * Each names the recovery key of today, so that a laptop that missed a new code hears of it here.
 * Sent first, pinned second: a crash between leaves a pin that lags behind a genuine chain, which
 * is fine; the other way round the chain would look rolled back. What gets pinned is read back,
 * because another client of ours may have been quicker and ours then was not stored.
 */
async function order(
  desk: Desk,
  id: string,
  path: string,
  key: Unlocked,
  wish: (will: orders.Will) => orders.Will,
): Promise<orders.Orders> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await desk.directory();
    const held = newest(await ordersOf(desk, before, pinsOf(before, id)));
    const will = { ...wish(held.will), recovery: before.recoveryKey };
    const document = await orders.make(held.deviceId, held, will, key.owner);
    if (!(await accepted(desk, `/devices/${id}/${path}`, document))) continue;
    const directory = await desk.directory();
    const kept = await ordersOf(desk, directory, pinsOf(directory, id));
    if (newest(kept).will.standing !== document.will.standing) break;
    await desk.pin(id, (pins) => pinTo(kept, pins));
    return newest(kept);
  }
  throw new Problem(
    'The portal does not show the new orders. Look at the laptop’s page and try again.',
  );
}

/** False where somebody else changed the orders first: fetch, look, sign again. */
async function accepted(desk: Desk, path: string, document: orders.Orders): Promise<boolean> {
  try {
    await desk.api.post(path, { orders: b64(document.raw) });
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === 'out-of-order') return false;
    throw error;
  }
}
