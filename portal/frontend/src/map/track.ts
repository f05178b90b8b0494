/** Where a laptop has been: its fixes, the way between them, how exact the chosen one is. */

import Feature from 'ol/Feature';
import type Geometry from 'ol/geom/Geometry';
import LineString from 'ol/geom/LineString';
import Point from 'ol/geom/Point';
import { circular } from 'ol/geom/Polygon';
import VectorLayer from 'ol/layer/Vector';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';

import type { Colors } from './colors';
import { type Kind, stylesOf, type StyleName } from './styles';

/** A place on the map; `seq` is the report it comes from, `stolen` whether it was made since. */
export interface MapFix {
  readonly seq: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracyM: number;
  readonly stolen: boolean;
}

/** A router whose place is known. */
export interface MapHop {
  readonly ttl: number;
  readonly latitude: number;
  readonly longitude: number;
}

interface Placed {
  readonly latitude: number;
  readonly longitude: number;
}

const NEWER_SHARE = 0.25; // of the fixes before a theft, this many at the end count as newer
const CIRCLE_SIDES = 96;

export class Track {
  readonly layers: readonly VectorLayer[];
  readonly #lines = new VectorSource();
  readonly #points = new VectorSource();
  readonly #chosen = new VectorSource();
  readonly #route = new VectorSource();
  #kinds = new Map<number, { fix: MapFix; kind: Kind }>();

  constructor(colors: Colors) {
    const sources = [this.#lines, this.#points, this.#route, this.#chosen];
    this.layers = sources.map((source) => new VectorLayer({ source }));
    this.recolor(colors);
  }

  recolor(colors: Colors): void {
    const style = stylesOf(colors);
    for (const layer of this.layers) layer.setStyle(style);
  }

  /** Oldest first; the last one is chosen. */
  show(fixes: readonly MapFix[]): void {
    const kinds = kindsOf(fixes);
    this.#kinds = new Map(fixes.map((fix, i) => [fix.seq, { fix, kind: kinds[i]! }]));
    this.#lines.clear();
    this.#lines.addFeatures(runs(fixes).map((run) => lineOf(run)));
    this.#points.clear();
    this.#points.addFeatures(fixes.map((fix, i) => featureOf(pointOf(fix), kinds[i]!, fix.seq)));
    this.choose(fixes.at(-1)?.seq ?? null);
  }

  /** One accuracy circle at a time: thousands would merge into one blot. */
  choose(seq: number | null): void {
    this.#chosen.clear();
    const found = seq === null ? undefined : this.#kinds.get(seq);
    if (!found) return;
    const { fix, kind } = found;
    const circle = circular(
      [fix.longitude, fix.latitude],
      Math.max(fix.accuracyM, 1),
      CIRCLE_SIDES,
    );
    circle.transform('EPSG:4326', 'EPSG:3857');
    this.#chosen.addFeatures([
      featureOf(circle, `accuracy-${kind}`),
      featureOf(pointOf(fix), `chosen-${kind}`, fix.seq),
    ]);
  }

  /** The report of the fix closest to a point of the map, if it is within reach (map meters). */
  nearest(point: number[], reach: number): number | null {
    const feature = this.#points.getClosestFeatureToCoordinate(point);
    const [x = NaN, y = NaN] = feature?.getGeometry()?.getClosestPoint(point) ?? [];
    const within = Math.hypot(x - point[0]!, y - point[1]!) <= reach;
    return within ? (feature!.get('number') as number) : null;
  }

  showRoute(hops: readonly MapHop[]): void {
    this.#route.clear();
    if (!hops.length) return;
    const way = featureOf(new LineString(hops.map(onMap)), 'route');
    const stops = hops.map((hop) => featureOf(pointOf(hop), 'hop', hop.ttl));
    this.#route.addFeatures([way, ...stops]);
  }

  /** What all fixes, or the chosen one with its circle, take up on the map; null without any. */
  extent(of: 'all' | 'chosen'): number[] | null {
    const source = of === 'all' ? this.#points : this.#chosen;
    return source.isEmpty() ? null : (source.getExtent() ?? null);
  }
}

function kindsOf(fixes: readonly MapFix[]): Kind[] {
  const newerFrom = fixes.filter(({ stolen }) => !stolen).length * (1 - NEWER_SHARE);
  return fixes.map(({ stolen }, i) =>
    stolen ? 'theft' : i >= Math.floor(newerFrom) ? 'newer' : 'older',
  );
}

/** Stretches of one standing; each begins where the last ended, so that the way has no hole. */
function runs(fixes: readonly MapFix[]): MapFix[][] {
  const found: MapFix[][] = [];
  for (const [i, fix] of fixes.entries()) {
    const before = fixes[i - 1];
    if (before?.stolen === fix.stolen) found.at(-1)!.push(fix);
    else found.push(before ? [before, fix] : [fix]);
  }
  return found;
}

function lineOf(run: readonly MapFix[]): Feature {
  return featureOf(new LineString(run.map(onMap)), run.at(-1)!.stolen ? 'theft-way' : 'way');
}

function pointOf(place: Placed): Point {
  return new Point(onMap(place));
}

function onMap({ longitude, latitude }: Placed): number[] {
  return fromLonLat([longitude, latitude]);
}

function featureOf(geometry: Geometry, style: StyleName, number?: number): Feature {
  return new Feature({ geometry, style, number });
}
