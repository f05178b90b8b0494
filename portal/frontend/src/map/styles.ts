/** How fixes, ways and routers look; made once for each change of colors. */

import type { FeatureLike } from 'ol/Feature';
import CircleStyle from 'ol/style/Circle';
import Fill from 'ol/style/Fill';
import Stroke from 'ol/style/Stroke';
import Style, { type StyleFunction } from 'ol/style/Style';
import Text from 'ol/style/Text';

import type { Colors } from './colors';

export type Kind = 'older' | 'newer' | 'theft';
export type StyleName =
  Kind | `accuracy-${Kind}` | `chosen-${Kind}` | 'way' | 'theft-way' | 'route' | 'hop';

const KINDS: readonly Kind[] = ['older', 'newer', 'theft'];

/** Features say which by their property `style`. */
export function stylesOf(colors: Colors): StyleFunction {
  const table = new Map<StyleName, Style>([
    ['way', new Style({ stroke: new Stroke({ color: colors.older, width: 1 }) })],
    ['theft-way', new Style({ stroke: new Stroke({ color: colors.theft, width: 2 }) })],
    [
      'route',
      new Style({ stroke: new Stroke({ color: colors.route, width: 2, lineDash: [6, 5] }) }),
    ],
    ...KINDS.flatMap((kind): [StyleName, Style][] => [
      [kind, new Style({ image: dot(colors[kind], 4, colors.ring, 1) })],
      [`chosen-${kind}`, new Style({ image: dot(colors[kind], 8, colors.ring, 3) })],
      [`accuracy-${kind}`, circle(colors[kind])],
    ]),
  ]);
  return (feature) => {
    const name = feature.get('style') as StyleName;
    return name === 'hop' ? hop(feature, colors) : table.get(name);
  };
}

function dot(color: string, radius: number, ring: string, width: number): CircleStyle {
  return new CircleStyle({
    radius,
    fill: new Fill({ color }),
    stroke: new Stroke({ color: ring, width }),
  });
}

function circle(color: string): Style {
  const faint = color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.15)');
  return new Style({ stroke: new Stroke({ color, width: 1.5 }), fill: new Fill({ color: faint }) });
}

function hop(feature: FeatureLike, { route, ring }: Colors): Style {
  const text = new Text({
    text: String(feature.get('number')),
    font: '600 10px "Inter Variable", sans-serif',
    fill: new Fill({ color: 'white' }),
  });
  return new Style({ image: dot(route, 9, ring, 2), text });
}
