/** “Now”: the newest readings, or why there are none, and whether the laptop is still heard. */

import { byId } from '../fill';
import type { Evidence } from '../owner/verification';
import { networkIn, type Network, type Wifi, wifiIn } from '../protocol/readings';
import { say } from '../says';
import { ago, moment, networkName } from '../words';
import { showCondition } from './condition';
import { fact, newest } from './facts';
import { type Health, health, interval, type Laptop, ordersInForce } from './laptop';
import { described, positionsOf } from './positions';

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
  fact('place', position ? say('placed', described(position)) : null);
  fact('public', publicAddress(laptop.evidence));
  fact('network', newest(reports, networkIn, sayNetwork));
  fact('wifi', newest(reports, wifiIn, sayWifi));
  showCondition(reports);
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

function sayNetwork({ interfaces, gateways }: Network): string | null {
  const names = interfaces.filter(({ addresses }) => addresses.length).map(({ name }) => name);
  return [names.join(', '), gateways[0]?.ip ?? ''].filter(Boolean).join(' · ') || null;
}

function sayWifi({ accessPoints, connected }: Wifi): string {
  const count = accessPoints.length;
  const own = accessPoints.find(({ bssid }) => bssid === connected);
  return own
    ? say('wifi-on', { name: networkName(own.ssid), count })
    : say('wifi-around', { count });
}
