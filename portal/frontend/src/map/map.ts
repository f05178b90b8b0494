/**
 * The map of one laptop: a canvas in a server-rendered figure, with our own buttons.
 *
 *   <figure class="map" id="where">
 *     <div class="map-canvas" data-map="canvas" role="application" tabindex="0" aria-label="…">
 *     <button type="button" data-map="in">…</button>   also: out, all, chosen
 *     <span data-map="scale"></span>
 *   </figure>
 *
 * It is never the only form: pages show the same fixes in a table and the same hops in a list.
 */

import '../tt';

import { defaults } from 'ol/interaction/defaults';
import OlMap from 'ol/Map';
import { getPointResolution } from 'ol/proj';
import View from 'ol/View';

import { distance } from '../words';
import { basemapLayers } from './basemap';
import { offerStreets } from './choice';
import { colorsOf, onColorChange } from './colors';
import { type MapFix, type MapHop, Track } from './track';

export type { MapFix, MapHop } from './track';

const CLOSEST_ZOOM = 16;
const REGION_ZOOM = 8; // closer, the base map has no border or coast to tell where one is
const ZOOM_MS = 200;
const PADDING = 56;
const HIT_PX = 8;
const SCALE_PX = 96; // the scale bar is at most this long

export interface WhereMap {
  /** Oldest first; the last is chosen and all are brought into view. */
  showFixes(fixes: readonly MapFix[]): void;
  /** Choose one by its report, as a click on it does. */
  choose(seq: number | null): void;
  showRoute(hops: readonly MapHop[]): void;
  bring(into: 'all' | 'chosen'): void;
  /** Draw at this width for paper; gives back the way to undo it. Resolves when drawn. */
  print(width: number): Promise<() => void>;
}

/** `chosen` hears of clicks on a fix. */
export async function showMap(
  figure: HTMLElement,
  chosen: (seq: number) => void,
): Promise<WhereMap> {
  const canvas = part(figure, 'canvas');
  let colors = colorsOf(figure);
  const track = new Track(colors);
  const map = new OlMap({
    target: canvas,
    controls: [],
    // Only once it has the focus, so that it does not catch whoever scrolls by.
    interactions: defaults({ onFocusOnly: true, altShiftDragRotate: false, pinchRotate: false }),
    layers: [...(await basemapLayers(() => colors)), ...track.layers],
    view: new View({
      center: [0, 3e6],
      zoom: 2,
      maxZoom: CLOSEST_ZOOM,
      minZoom: 1,
      enableRotation: false,
    }),
  });
  onColorChange(() => {
    colors = colorsOf(figure);
    track.recolor(colors);
    map.getAllLayers().forEach((layer) => layer.changed());
  });
  bindButtons(figure, map, track);
  bindClicks(map, track, chosen);
  offerStreets(figure, map, () => colors);
  const scale = part(figure, 'scale');
  map.on('postrender', () => showScale(scale, map));
  return handle(map, track);
}

function handle(map: OlMap, track: Track): WhereMap {
  return {
    showFixes: (fixes) => {
      track.show(fixes);
      bring(map, track, 'all', 0);
    },
    choose: (seq) => track.choose(seq),
    showRoute: (hops) => track.showRoute(hops),
    bring: (into) => bring(map, track, into, ZOOM_MS),
    print: (width) => drawAt(map, width),
  };
}

function part(figure: HTMLElement, name: string): HTMLElement {
  const found = figure.querySelector<HTMLElement>(`[data-map="${name}"]`);
  if (!found) throw new Error(`the map lacks its ${name}`);
  return found;
}

function bindButtons(figure: HTMLElement, map: OlMap, track: Track): void {
  const view = map.getView();
  const zoom = (by: number): void =>
    view.animate({ zoom: (view.getZoom() ?? 2) + by, duration: pace() });
  part(figure, 'in').addEventListener('click', () => zoom(1));
  part(figure, 'out').addEventListener('click', () => zoom(-1));
  part(figure, 'all').addEventListener('click', () => bring(map, track, 'all', pace()));
  part(figure, 'chosen').addEventListener('click', () => bring(map, track, 'chosen', pace()));
}

/** Nothing moves for who asked for calm. */
function pace(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ZOOM_MS;
}

function bindClicks(map: OlMap, track: Track, chosen: (seq: number) => void): void {
  map.on('click', ({ coordinate }) => {
    const seq = track.nearest(coordinate, HIT_PX * (map.getView().getResolution() ?? 0));
    if (seq === null) return;
    track.choose(seq);
    chosen(seq);
  });
}

function bring(map: OlMap, track: Track, into: 'all' | 'chosen', duration: number): void {
  const extent = track.extent(into);
  if (!extent) return;
  const padding = [PADDING, PADDING, PADDING, PADDING];
  map.getView().fit(extent, { padding, maxZoom: into === 'all' ? REGION_ZOOM : 14, duration });
}

/** “200 km” over a bar of that length at the middle of the map. */
function showScale(element: HTMLElement, map: OlMap): void {
  const view = map.getView();
  const resolution = getPointResolution(
    view.getProjection(),
    view.getResolution() ?? 1,
    view.getCenter() ?? [0, 0],
  );
  const most = resolution * SCALE_PX;
  const power = 10 ** Math.floor(Math.log10(most));
  const meters = [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
  element.textContent = distance(meters);
  element.style.inlineSize = `${Math.round(meters / resolution)}px`;
}

/** A canvas keeps its size on paper, so it is drawn anew for it; else a strip stays blank. */
function drawAt(map: OlMap, width: number): Promise<() => void> {
  const [, height = width / 2] = map.getSize() ?? [];
  return new Promise((resolve) => {
    map.once('rendercomplete', () => resolve(() => map.updateSize()));
    map.setSize([width, height]);
  });
}
