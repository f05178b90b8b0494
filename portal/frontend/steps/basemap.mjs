/**
 * The offline map of the world: Natural Earth's 50m countries (world-atlas), cut and labeled here
 * so that browsers only have to draw.
 *
 * Land is one color, borders are thin lines, and names are codes of ISO 3166 which browsers say in
 * their own language. An area without such a code gets no border, and none stands between Crimea
 * and Ukraine (General Assembly resolution 68/262): the source draws what is, not what is agreed.
 */

import { readFileSync } from 'node:fs';

const SOURCE = new URL('../node_modules/world-atlas/countries-50m.json', import.meta.url);
const KOSOVO = 'XK'; // user-assigned, but said by browsers
const CRIMEA = { countries: ['RU', 'UA'], west: 32, south: 44, east: 37, north: 47 };
const SMALLEST_LABELED = 0.02; // square degrees

/**
 * {scale, translate, land, borders, labels}: `land` are rings and `borders` lines of whole numbers
 * [x, y, dx, dy, …], degrees after scale and translate; `labels` are [code, x, y, area].
 */
export function basemap() {
  const topology = JSON.parse(readFileSync(SOURCE, 'utf8'));
  const arcs = topology.arcs.map(undelta);
  const world = Math.round(360 / topology.transform.scale[0]);
  const countries = topology.objects.countries.geometries;
  const { scale, translate } = topology.transform;
  return {
    scale,
    translate,
    land: polygonsOf(topology.objects.land)
      .flat()
      .flatMap((ring) => cut(unroll(joined(ring, arcs), world), world))
      .map(delta),
    borders: borders(countries, arcs, topology.transform).map(delta),
    labels: countries.flatMap((country) => label(country, arcs, world, scale)),
  };
}

function undelta(arc) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx), (y += dy)]);
}

function delta(line) {
  return line.flatMap(([x, y], i) => (i ? [x - line[i - 1][0], y - line[i - 1][1]] : [x, y]));
}

function polygonsOf({ type, arcs, geometries }) {
  if (type === 'GeometryCollection') return geometries.flatMap(polygonsOf);
  if (type === 'Polygon') return [arcs];
  return arcs ?? [];
}

/** A ring's points: its arcs end to end, those with a negative number backward. */
function joined(ring, arcs) {
  return ring.flatMap((number, i) => {
    const points = number < 0 ? arcs[~number].toReversed() : arcs[number];
    return i ? points.slice(1) : points;
  });
}

/** Rings that cross 180° jump by a world; walk on instead, and close Antarctica over the pole. */
function unroll(ring, world) {
  let shift = 0;
  const walked = ring.map(([x, y], i) => {
    const step = i ? x - ring[i - 1][0] : 0;
    if (Math.abs(step) > world / 2) shift -= Math.sign(step) * world;
    return [x + shift, y];
  });
  return shift ? [...walked, [walked.at(-1)[0], 0], [walked[0][0], 0], walked[0]] : walked;
}

/** What of a ring lies in this world, and what laps over from the ones beside it. */
function cut(ring, world) {
  return [-world, 0, world]
    .map((shift) => ring.map(([x, y]) => [x + shift, y]))
    .map((moved) => clip(clip(moved, 0, 1), world, -1))
    .filter((part) => part.length > 2)
    .map((part) => [...part, part[0]]);
}

/** The part of a ring on one side of a meridian (Sutherland-Hodgman). */
function clip(ring, at, side) {
  const inside = ([x]) => (x - at) * side >= 0;
  return ring.flatMap((point, i) => {
    const before = ring.at(i - 1);
    const crossing = inside(point) === inside(before) ? [] : [crossed(before, point, at)];
    return inside(point) ? [...crossing, point] : crossing;
  });
}

function crossed([x1, y1], [x2, y2], at) {
  return [at, Math.round(y1 + ((at - x1) * (y2 - y1)) / (x2 - x1))];
}

/** Arcs with a country on each side. */
function borders(countries, arcs, transform) {
  const sides = new Map();
  for (const country of countries) {
    for (const number of polygonsOf(country).flat(2)) {
      const arc = number < 0 ? ~number : number;
      sides.set(arc, [...(sides.get(arc) ?? []), code(country)]);
    }
  }
  return [...sides]
    .filter(
      ([arc, codes]) =>
        codes.length > 1 && codes.every(Boolean) && !isCrimea(arcs[arc], codes, transform),
    )
    .map(([arc]) => arcs[arc]);
}

function isCrimea(points, codes, { scale, translate }) {
  const { countries, west, south, east, north } = CRIMEA;
  return (
    codes.toSorted().join() === countries.join() &&
    points.every(([x, y]) => {
      const [lon, lat] = [x * scale[0] + translate[0], y * scale[1] + translate[1]];
      return lon > west && lon < east && lat > south && lat < north;
    })
  );
}

/** Alpha-2 of a country's numeric code, which every browser's Intl can name. */
function code({ id, properties }) {
  if (id) return new Intl.Locale(`und-${id}`).region;
  return properties.name === 'Kosovo' ? KOSOVO : null;
}

/** Where the widest stretch of the largest part lies, so that a name never falls into the sea. */
function label(country, arcs, world, [sx, sy]) {
  const rings = polygonsOf(country).map(([outer]) => unroll(joined(outer, arcs), world));
  const [largest] = rings
    .map((ring) => ({ ring, ...middle(ring) }))
    .sort((a, b) => b.area - a.area);
  const area = largest.area * sx * sy;
  if (!code(country) || area < SMALLEST_LABELED) return [];
  const y = Math.round(largest.y);
  return [[code(country), widest(largest.ring, y), y, Math.round(area)]];
}

function middle(ring) {
  let [twice, y] = [0, 0];
  ring.forEach(([x2, y2], i) => {
    const [x1, y1] = ring.at(i - 1);
    const cross = x1 * y2 - x2 * y1;
    twice += cross;
    y += (y1 + y2) * cross;
  });
  return { area: Math.abs(twice) / 2, y: y / (3 * twice) };
}

function widest(ring, y) {
  const crossings = ring
    .flatMap(([x2, y2], i) => {
      const [x1, y1] = ring.at(i - 1);
      return y1 <= y !== y2 <= y ? [x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)] : [];
    })
    .sort((a, b) => a - b);
  let best = [0, 0];
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    if (crossings[i + 1] - crossings[i] > best[1] - best[0])
      best = [crossings[i], crossings[i + 1]];
  }
  return Math.round((best[0] + best[1]) / 2);
}
