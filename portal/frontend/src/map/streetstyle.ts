/** How streets look: the layers of the Protomaps basemap, in the colors of the page. */

import type { FeatureLike } from 'ol/Feature';
import Fill from 'ol/style/Fill';
import Stroke from 'ol/style/Stroke';
import Style, { type StyleFunction } from 'ol/style/Style';
import Text from 'ol/style/Text';

import { CITIES } from '../places';
import { FONT } from './basemap';
import type { Colors } from './colors';

const GREEN = new Set([
  ...['park', 'forest', 'wood', 'grass', 'grassland', 'scrub', 'nature_reserve', 'protected_area'],
  ...['national_park', 'cemetery', 'golf_course', 'garden', 'recreation_ground', 'farmland'],
]);
/** Pixels where one pixel is ten meters, and how far above the others it is drawn. */
const ROADS: Readonly<Record<string, readonly [number, number]>> = {
  highway: [2.5, 8],
  major_road: [1.75, 7],
  minor_road: [1, 6],
  rail: [0.75, 5],
  path: [0.5, 5],
};
const OTHER_ROAD = [0.5, 5] as const;
const NAMED_ROADS_BELOW = 5; // meters a pixel
const NAMED = new Set(CITIES.map(({ name }) => name)); // the map beneath names these already

export function streetStyle(colors: () => Colors): StyleFunction {
  return (feature, resolution) => {
    const { layer, kind } = feature.getProperties();
    const { land, sea, green, building } = colors();
    if (layer === 'earth') return area(land, 0);
    if (layer === 'landuse' && GREEN.has(kind)) return area(green, 1);
    if (layer === 'water') return isLine(feature) ? line(sea, 1.5, 2) : area(sea, 2);
    if (layer === 'buildings') return area(building, 3);
    if (layer === 'roads') return road(feature, resolution, colors());
    if (layer === 'places') return place(feature, colors());
    return undefined;
  };
}

function isLine(feature: FeatureLike): boolean {
  return feature.getGeometry()?.getType().endsWith('LineString') ?? false;
}

function area(color: string, zIndex: number): Style {
  return new Style({ fill: new Fill({ color }), zIndex });
}

function line(color: string, width: number, zIndex: number): Style {
  return new Style({ stroke: new Stroke({ color, width, lineCap: 'round' }), zIndex });
}

function road(feature: FeatureLike, resolution: number, colors: Colors): Style[] {
  const kind = String(feature.get('kind'));
  const [thin, zIndex] = ROADS[kind] ?? OTHER_ROAD;
  const color = kind === 'highway' ? colors.highway : colors.road;
  const drawn = line(color, thin * Math.min(4, Math.max(0.75, 10 / resolution)), zIndex);
  const name = resolution < NAMED_ROADS_BELOW ? nameOf(feature) : '';
  return name ? [drawn, label(name, '500 11px', colors, 9, 'line')] : [drawn];
}

function place(feature: FeatureLike, colors: Colors): Style | undefined {
  const name = nameOf(feature);
  if (!name || NAMED.has(String(feature.get('name:en') ?? name))) return undefined;
  return label(name, feature.get('kind') === 'locality' ? '600 12px' : '500 11px', colors, 10);
}

function label(
  text: string,
  size: string,
  { label: color, halo }: Colors,
  zIndex: number,
  placement: 'point' | 'line' = 'point',
): Style {
  const [fill, stroke] = [new Fill({ color }), new Stroke({ color: halo, width: 3 })];
  const font = `${size} ${FONT}`;
  return new Style({ text: new Text({ text, font, fill, stroke, placement }), zIndex });
}

/** In the page's language where the file has it. */
function nameOf(feature: FeatureLike): string {
  const { lang } = document.documentElement;
  return String(feature.get(`name:${lang}`) ?? feature.get('name') ?? '');
}
