/** “Now”: the newest readings, or why there are none, and whether the laptop is still heard. */

import { byId } from '../fill';
import type { Evidence } from '../owner/verification';
import {
  isRead,
  networkIn,
  type Network,
  type Power,
  powerIn,
  type Record,
  type Unread,
} from '../protocol/readings';
import { say, sayOr } from '../says';
import { accuracy, ago, moment, place } from '../words';
import { type Health, health, interval, type Laptop, ordersInForce } from './laptop';
import { positionsOf } from './positions';

const BADGES: Readonly<{ [health in Health]: string }> = {
  new: 'badge',
  heard: 'badge ok',
  overdue: 'badge warn',
  left: 'badge warn',
};

export function showNow(laptop: Laptop, now: number): void {
  showHealth(laptop, now);
  const reports = laptop.evidence.filter(({ record }) => record?.type === 'report');
  fact('report', reports.at(-1) ? moment(reports.at(-1)!.moment) : null);
  const position = positionsOf(laptop).at(-1);
  fact('place', position ? `${place(position)} ${accuracy(position.accuracyM)}` : null);
  fact('public', publicAddress(laptop.evidence));
  fact('network', newest(reports, networkIn, sayNetwork));
  showPower(reports);
}

function showHealth(laptop: Laptop, now: number): void {
  const [is, { lastHeard, knownSerial }] = [health(laptop, now), laptop.heard];
  const badge = byId('health', HTMLElement);
  badge.className = BADGES[is];
  badge.textContent = say(`health-${is}`);
  fact('heard', lastHeard ? ago(lastHeard, now) : say('never'));
  const minutes = Math.round(interval(laptop, now) / 60_000);
  const rhythm = is === 'overdue' ? 'rhythm-overdue' : 'rhythm';
  fact('rhythm', is === 'left' ? null : say(rhythm, { minutes }));
  const serial = ordersInForce(laptop)?.serial;
  fact('orders', serial ? say(knownSerial >= serial ? 'orders-known' : 'orders-waiting') : null);
}

function publicAddress(evidence: readonly Evidence[]): string | null {
  const seen = evidence.findLast(({ sighting }) => sighting)?.sighting;
  if (!seen) return null;
  const where = [seen.city, seen.asn].filter(Boolean).join(' · ');
  return where ? `${seen.ip} (${where})` : seen.ip;
}

type Take<T> = (record: Record) => T | Unread | null;

/** The newest report that says anything about it, even if only why not. */
function newest<T extends object>(
  reports: readonly Evidence[],
  take: Take<T>,
  inWords: (reading: T) => string | null,
): string | null {
  for (const { record } of reports.toReversed()) {
    const reading = record && take(record);
    if (reading === null) continue;
    return isRead(reading) ? inWords(reading as T) : sayUnread(reading as Unread);
  }
  return null;
}

export function sayUnread({ unread }: Unread): string {
  return sayOr(`unread-${unread}`, unread);
}

function sayNetwork({ interfaces, gateways }: Network): string | null {
  const names = interfaces.filter(({ addresses }) => addresses.length).map(({ name }) => name);
  return [names.join(', '), gateways[0] ?? ''].filter(Boolean).join(' · ') || null;
}

function showPower(reports: readonly Evidence[]): void {
  const say_ = (words: (power: Power) => string | null): string | null =>
    newest(reports, powerIn, words);
  fact('battery', say_(sayBattery));
  fact(
    'heat',
    say_(({ temperatureC }) => rounded(temperatureC, '°C')),
  );
  fact(
    'disk',
    say_(({ diskFreePercent }) => rounded(diskFreePercent, '%')),
  );
}

function sayBattery({ batteryPercent, plugged }: Power): string | null {
  const percent = rounded(batteryPercent, '%');
  if (!percent) return plugged ? say('plugged') : null;
  return plugged ? say('charging', { percent }) : percent;
}

function rounded(value: number | null, unit: string): string | null {
  return value === null ? null : `${Math.round(value)} ${unit}`;
}

/** Its row is hidden where nothing is known. */
function fact(name: string, words: string | null): void {
  const row = document.querySelector<HTMLElement>(`[data-fact="${name}"]`);
  if (!row) throw new Error(`this page lacks the fact “${name}”`);
  row.hidden = words === null;
  row.querySelector('dd')!.textContent = words;
}
