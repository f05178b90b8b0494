/** A made-up theft on the real map and style sheet, to look at and to test what people touch. */

import { byId, fillList } from '../../../portal/frontend/src/fill';
import { type MapFix, showMap } from '../../../portal/frontend/src/map/map';
import { accuracy, coordinates, moment, place } from '../../../portal/frontend/src/words';

const NOW = 1_795_220_000_000;
const HOUR = 3_600_000;
const AWAY = 96; // hours ago it was taken

interface Sampled extends MapFix {
  readonly t: number;
}

/** A year at home in Stockholm with journeys, then four days on its way to Warsaw. */
function fixes(hours: number): Sampled[] {
  return Array.from({ length: hours }, (_, i) => {
    const left = hours - i;
    const stolen = left <= AWAY;
    const way = stolen ? Math.min(1, (AWAY - left) / (AWAY * 0.7)) : 0;
    const journey =
      !stolen && i % 700 > 670
        ? [
            [55.68, 12.57],
            [51.51, -0.13],
            [52.52, 13.4],
          ][i % 3]!
        : null;
    const [latitude, longitude] = journey ?? [
      59.33 + way * (52.2297 - 59.33),
      18.07 + way * (21.0122 - 18.07),
    ];
    const wobble = (n: number): number => Math.sin(i * 12.9898 + n) * 0.01;
    return {
      seq: i,
      t: NOW - left * HOUR,
      stolen,
      accuracyM: left === 1 ? 38 : 400,
      latitude: latitude! + wobble(1),
      longitude: longitude! + wobble(2),
    };
  });
}

const HOPS = [
  {
    ttl: 1,
    name: '192.168.8.1',
    where: 'Warsaw',
    rtt: '2 ms',
    latitude: 52.23,
    longitude: 21.01,
  },
  {
    ttl: 2,
    name: '10.11.0.1',
    where: 'Warsaw',
    rtt: '9 ms',
    latitude: 52.23,
    longitude: 21.01,
  },
  {
    ttl: 3,
    name: 'poz-r1.isp.example',
    where: 'Poznań',
    rtt: '14 ms',
    latitude: 52.41,
    longitude: 16.93,
  },
  {
    ttl: 4,
    name: 'ber-core2.isp.example',
    where: 'Berlin',
    rtt: '21 ms',
    latitude: 52.52,
    longitude: 13.4,
  },
  {
    ttl: 5,
    name: 'fra-ix.transit.example',
    where: 'Frankfurt',
    rtt: '28 ms',
    latitude: 50.11,
    longitude: 8.68,
  },
  {
    ttl: 6,
    name: 'ams-edge4.transit.example',
    where: 'Amsterdam',
    rtt: '35 ms',
    latitude: 52.37,
    longitude: 4.9,
  },
  {
    ttl: 7,
    name: 'portal.homeward.example',
    where: 'Dublin',
    rtt: '52 ms',
    latitude: 53.35,
    longitude: -6.26,
  },
];

const all = fixes(Number(new URLSearchParams(location.search).get('hours') ?? 720));
const last = all.at(-1)!;
const rows = all
  .slice(-5)
  .reverse()
  .map((fix) => ({
    when: moment(fix.t),
    where: place(fix),
    exactly: `${coordinates(fix)} ${accuracy(fix.accuracyM)}`,
    source: 'Wi-Fi',
  }));
fillList(byId('fixes', HTMLTableSectionElement), byId('fix-row', HTMLTemplateElement), rows);
fillList(
  byId('hops', HTMLOListElement),
  byId('hop-row', HTMLTemplateElement),
  HOPS.map(({ name, where, rtt }) => ({ name, where, rtt })),
);
byId('count', HTMLSpanElement).textContent = all.length.toLocaleString();
byId('place', HTMLElement).textContent = `${place(last)} ${accuracy(last.accuracyM)}`;

const started = performance.now();
const map = await showMap(byId('where', HTMLElement), (seq) => {
  document.documentElement.dataset.chosen = String(seq);
});
map.showFixes(all);
map.showRoute(HOPS);
Object.assign(globalThis, { map, places: { place } });
await map.print(document.querySelector('.map-canvas')!.clientWidth).then((restore) => restore());
document.documentElement.dataset.ready = String(Math.round(performance.now() - started));
