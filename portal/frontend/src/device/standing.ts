/** The head of a laptop's page: its standing, what it knows of it, and the buttons that fit. */

import { byId } from '../fill';
import { mapping } from '../protocol/json';
import type { Record } from '../protocol/readings';
import { say } from '../says';
import { ago, moment, place } from '../words';
import {
  interval,
  knowsSince,
  type Laptop,
  ordersInForce,
  STANDING_BADGES,
  standingOf,
} from './laptop';
import { positionsOf } from './positions';

export function showStanding(laptop: Laptop, now: number): void {
  const will = ordersInForce(laptop)?.will;
  const stolen = will?.standing === 'stolen';
  for (const element of document.querySelectorAll<HTMLElement>('[data-when]')) {
    element.hidden = element.dataset.when !== (stolen ? 'stolen' : 'home');
  }
  const badge = byId('standing', HTMLElement);
  const standing = standingOf(laptop);
  badge.className = `badge ${STANDING_BADGES[standing]}`;
  badge.textContent = say(`standing-${standing}`);
  showLeft(laptop.heard.left);
  byId('usual-user', HTMLElement).hidden = usualUserSeen(laptop) === null;
  if (will?.theft) showTheft(laptop, will.theft.since, will.theft.until, now);
}

/**
 * When the laptop said, in the theft that is open, that its usual user is back; null where it did
 * not, and where the owner has answered that already.
 */
export function usualUserSeen(laptop: Laptop): number | null {
  const theft = ordersInForce(laptop)?.will.theft;
  if (!theft) return null;
  const said = laptop.evidence.filter(({ moment: t }) => t >= theft.since);
  const seen = said.flatMap(({ record }) => seenIn(record)).at(-1);
  return seen === undefined || seen === theft.confirmed ? null : seen;
}

function seenIn(record: Record | null): readonly number[] {
  if (record?.type !== 'event' || record.said.event !== 'usual-user') return [];
  const { seen } = mapping(record.said.details ?? {});
  return typeof seen === 'number' && Number.isSafeInteger(seen) ? [seen] : [];
}

/** The portal's word alone, so the buttons stay: a laptop that has not left hears them still. */
function showLeft(left: number | null): void {
  const told = byId('left', HTMLElement);
  told.hidden = left === null;
  told.querySelector('p')!.textContent = left === null ? '' : say('left', { when: moment(left) });
}

function showTheft(laptop: Laptop, since: number, until: number, now: number): void {
  const known = knowsSince(laptop);
  const minutes = Math.round(interval(laptop, now) / 60_000);
  put('theft-since', say('theft-since', { since: moment(since) }));
  put('theft-known', sayKnown(known, minutes));
  put('theft-seen', sayLast(laptop, now));
  const over = until <= now;
  put('theft-until', say(over ? 'theft-over' : 'theft-until', { until: moment(until) }));
}

function sayKnown(known: number | null, minutes: number): string {
  if (known === null) return say('knows-not');
  return say('knows-since', { since: moment(known), minutes });
}

function sayLast(laptop: Laptop, now: number): string {
  const last = laptop.evidence.at(-1);
  if (!last) return '';
  const position = positionsOf(laptop).at(-1);
  const when = ago(last.moment, now);
  return position ? say('last-from', { when, where: place(position) }) : say('last', { when });
}

function put(id: string, text: string): void {
  byId(id, HTMLElement).textContent = text;
}
