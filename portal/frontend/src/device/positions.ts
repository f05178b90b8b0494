/** Where a laptop was, report by report: by its own sensors, or by where it connected from. */

import type { MapFix } from '../map/map';
import type { Evidence } from '../owner/verification';
import { isRead, locationIn } from '../protocol/readings';
import { say, sayOr } from '../says';
import { accuracy, coordinates, moment, place } from '../words';
import { type Laptop, madeStolen, ordersInForce } from './laptop';

/** A place, when (ms) and who says so. */
export interface Position extends MapFix {
  readonly t: number;
  readonly source: string;
  /** Looked back: it was seen before the owner marked the laptop as stolen. */
  readonly before: boolean;
}

/** Oldest first. */
export function positionsOf(laptop: Laptop): readonly Position[] {
  const since = ordersInForce(laptop)?.will.theft?.since ?? 0;
  return laptop.evidence.flatMap((one) => {
    const found = bySensors(one) ?? byNetwork(one);
    if (!found) return [];
    const stolen = madeStolen(laptop, one);
    return [{ ...found, seq: one.seq, stolen, before: !stolen && found.t < since }];
  });
}

type Found = Omit<Position, 'seq' | 'stolen' | 'before'>;

function bySensors({ record }: Evidence): Found | null {
  const fix = record && locationIn(record);
  return isRead(fix) ? fix : null;
}

/** The city of its public address, as the portal's own database has it: vague, but not its word. */
function byNetwork({ sighting }: Evidence): Found | null {
  if (sighting?.latitude == null || sighting.longitude === null) return null;
  const { latitude, longitude, radiusKm, received } = sighting;
  const accuracyM = 1000 * (radiusKm ?? 50);
  return { latitude, longitude, accuracyM, source: 'sighting', t: received };
}

/** In words, for tables and captions. */
export function described(position: Position): Record<string, string> {
  return {
    when: moment(position.t),
    where: place(position),
    exactly: `${coordinates(position)} ${accuracy(position.accuracyM)}`,
    accuracy: accuracy(position.accuracyM),
    source: sayOr(`source-${position.source}`, position.source),
    standing: say(`made-${made(position)}`),
  };
}

function made({ stolen, before }: Position): string {
  if (stolen) return 'stolen';
  return before ? 'before' : 'home';
}
