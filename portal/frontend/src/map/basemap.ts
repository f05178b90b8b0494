/** The world from our own server and nobody else's: land, borders, names, large cities. */

import basemapUrl from 'basemap?url';
import Feature from 'ol/Feature';
import LineString from 'ol/geom/LineString';
import Point from 'ol/geom/Point';
import Polygon from 'ol/geom/Polygon';
import Graticule from 'ol/layer/Graticule';
import type BaseLayer from 'ol/layer/Base';
import VectorLayer from 'ol/layer/Vector';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import Fill from 'ol/style/Fill';
import Stroke from 'ol/style/Stroke';
import type { StyleFunction } from 'ol/style/Style';
import Style from 'ol/style/Style';
import Text from 'ol/style/Text';

import { CITIES } from '../places';
import type { Colors } from './colors';

interface Basemap {
  readonly scale: readonly [number, number];
  readonly translate: readonly [number, number];
  readonly land: readonly (readonly number[])[];
  readonly borders: readonly (readonly number[])[];
  readonly labels: readonly (readonly [string, number, number, number])[];
}

const FURTHEST_NORTH = 85.05; // where the map's projection ends
const KM_PER_DEGREE = 111;
const LABEL_PX = 60; // a country this wide on the screen gets its name
export const FONT = '"Inter Variable", system-ui, sans-serif';
const GRID_FROM_ZOOM = 7;
/** Where streets belong among the layers: over land and borders, under all that has a name. */
export const ABOVE_LAND = 2;
/** From this resolution (meters a pixel) on, cities of rank 1 to 4 are named. */
const CITY_RESOLUTION = [Infinity, 6000, 3500, 2000, 1200];

export async function basemapLayers(colors: () => Colors): Promise<BaseLayer[]> {
  const answer = await fetch(basemapUrl);
  const world = (await answer.json()) as Basemap;
  return [
    layer(
      world.land.map((ring) => new Feature(new Polygon([points(ring, world)]))),
      landStyle(colors),
    ),
    layer(
      world.borders.map((line) => new Feature(new LineString(points(line, world)))),
      borderStyle(colors),
    ),
    graticule(colors),
    layer([...countries(world), ...cities()], labelStyle(colors), true),
  ];
}

function layer(features: Feature[], style: StyleFunction, declutter = false): BaseLayer {
  const source = new VectorSource({ features });
  // Redrawn while dragging: the world is small, and an empty edge looks like a fault.
  return new VectorLayer({
    source,
    style,
    declutter,
    updateWhileAnimating: true,
    updateWhileInteracting: true,
  });
}

/** Whole numbers, each point as the way from the last, to the projection's meters. */
function points(deltas: readonly number[], { scale, translate }: Basemap): number[][] {
  const [out, at] = [[] as number[][], [0, 0] as [number, number]];
  for (let i = 0; i + 1 < deltas.length; i += 2) {
    at[0] += deltas[i]!;
    at[1] += deltas[i + 1]!;
    out.push(onMap(at[0] * scale[0] + translate[0], at[1] * scale[1] + translate[1]));
  }
  return out;
}

function onMap(longitude: number, latitude: number): number[] {
  return fromLonLat([longitude, Math.max(-FURTHEST_NORTH, Math.min(FURTHEST_NORTH, latitude))]);
}

function* countries(world: Basemap): Generator<Feature> {
  const names = new Intl.DisplayNames(undefined, { type: 'region' });
  for (const [code, x, y, area] of world.labels) {
    const [place] = points([x, y], world);
    const until = (Math.sqrt(area) * KM_PER_DEGREE * 1000) / LABEL_PX;
    yield new Feature({ geometry: new Point(place!), name: names.of(code), until, city: false });
  }
}

function* cities(): Generator<Feature> {
  for (const { name, longitude, latitude, rank } of CITIES) {
    const geometry = new Point(onMap(longitude, latitude));
    yield new Feature({ geometry, name, until: CITY_RESOLUTION[rank], city: true });
  }
}

function landStyle(colors: () => Colors): StyleFunction {
  return () => new Style({ fill: new Fill({ color: colors().land }) });
}

function borderStyle(colors: () => Colors): StyleFunction {
  return () => new Style({ stroke: new Stroke({ color: colors().border, width: 0.8 }) });
}

function labelStyle(colors: () => Colors): StyleFunction {
  return (feature, resolution) => {
    const { name, until, city } = feature.getProperties();
    if (resolution > until) return undefined;
    const { label, halo } = colors();
    return new Style({
      text: new Text({
        text: name,
        font: city ? `500 12px ${FONT}` : `600 11px ${FONT}`,
        offsetY: city ? -14 : 0, // a laptop is often in the middle of a city
        fill: new Fill({ color: label }),
        stroke: new Stroke({ color: halo, width: 3 }),
      }),
      // Large before small where two names would stand on each other.
      zIndex: Math.min(until, 1e6),
    });
  };
}

/** Near the ground there is little else to hold on to. */
function graticule(colors: () => Colors): BaseLayer {
  return new Graticule({
    minZoom: GRID_FROM_ZOOM,
    showLabels: true,
    wrapX: false,
    strokeStyle: new Stroke({ color: colors().grid, width: 0.6 }),
    lonLabelStyle: gridLabel(colors, 'center'),
    latLabelStyle: gridLabel(colors, 'end'),
  });
}

function gridLabel(colors: () => Colors, textAlign: CanvasTextAlign): Text {
  const fill = new Fill({ color: colors().label });
  return new Text({ font: `10px ${FONT}`, fill, textAlign, textBaseline: 'bottom' });
}
