/** “Route on the network”: which routers stood between the laptop and the portal. */

import { byId, fill } from '../fill';
import type { MapHop } from '../map/map';
import type { Evidence } from '../owner/verification';
import { type Hop, isRead, type Traceroute, traceroutesIn } from '../protocol/readings';
import { say } from '../says';
import { moment } from '../words';
import type { Laptop } from './laptop';
import { positionsOf } from './positions';

interface Route {
  readonly from: Evidence;
  readonly route: Traceroute;
}

/** Of the newest report that has one; the longest where it has several. */
export function newestRoute({ evidence }: Laptop): Route | null {
  for (const from of evidence.toReversed()) {
    const read = from.record && traceroutesIn(from.record);
    if (!isRead(read)) continue;
    const [route] = read.toSorted((a, b) => b.hops.length - a.hops.length);
    if (route) return { from, route };
  }
  return null;
}

export function showRoute(laptop: Laptop): void {
  const found = newestRoute(laptop);
  const hops = found ? hopRows(found.route) : [];
  byId('hops', HTMLOListElement).replaceChildren(...hops);
  byId('no-route', HTMLElement).hidden = hops.length > 0;
  byId('route-when', HTMLElement).textContent = found ? moment(found.from.moment) : '';
  byId('route-end', HTMLElement).textContent = found ? sayEnd(found.route) : '';
}

export function sayEnd({ target, reached }: Traceroute): string {
  return say(reached ? 'route-reached' : 'route-lost', { target });
}

export function hopRows({ hops }: Traceroute): readonly HTMLElement[] {
  const row = byId('hop-row', HTMLTemplateElement);
  return hops.map((hop) => hopRow(row, hop));
}

function hopRow(row: HTMLTemplateElement, hop: Hop): HTMLElement {
  const silent = hop.ip === null;
  const [fastest] = hop.rttMs.toSorted((a, b) => a - b);
  const filled = fill(row, {
    name: hop.ip ?? say('hop-silent'),
    where: silent ? null : say(isPrivate(hop) ? 'hop-private' : 'hop-public'),
    rtt: fastest === undefined ? null : `${fastest.toFixed(fastest < 10 ? 1 : 0)} ms`,
  });
  filled.classList.toggle('silent', silent);
  return filled;
}

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|127\.|169\.254\.|f[cd]|fe80|::1$)/i;

function isPrivate({ ip }: Hop): boolean {
  return ip !== null && PRIVATE.test(ip);
}

/**
 * The two routers whose place is known without asking anybody: the one beside the laptop, and the
 * one at its public address, which the portal's database put into a city.
 */
export function routeOnMap(laptop: Laptop): readonly MapHop[] {
  const found = newestRoute(laptop);
  if (!found) return [];
  const { seq, sighting } = found.from;
  const hops = found.route.hops.filter(({ ip }) => ip !== null);
  const here = positionsOf(laptop).find((position) => position.seq === seq);
  const [first, out] = [hops[0], hops.find((hop) => !isPrivate(hop))];
  const beside = here && first ? [{ ...here, ttl: first.ttl }] : [];
  if (!out || sighting?.latitude == null || sighting.longitude === null) return beside;
  const { latitude, longitude } = sighting;
  return [...beside, { ttl: out.ttl, latitude, longitude }];
}
