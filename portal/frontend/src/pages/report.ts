/** The evidence report: one page for an officer or insurer, made and printed in this browser. */

import '../tt';

import { hopRows, newestRoute, routeOnMap, sayEnd } from '../device/hops';
import { showFindings, showVerdict } from '../device/journal';
import { type Laptop, laptopOf, madeStolen } from '../device/laptop';
import { described, positionsOf } from '../device/positions';
import { Album, type Shot, shotsOf, wordsOf } from '../device/snapshots';
import { byId, fill, fillList } from '../fill';
import { showMap, type WhereMap } from '../map/map';
import { ready, translated } from '../page';
import type { Desk } from '../owner/desk';
import { hex } from '../protocol/bytes';
import { say } from '../says';
import { readEvidence } from '../vault';
import { insisting, ownerDesk } from '../visit';
import { coordinates, moment, place } from '../words';

const PLACES = 300;
const PICTURES = 60;
const PAPER_PX = 680; // A4 less its margins, at 96 pixels an inch

async function everything(desk: Desk, id: string): Promise<Laptop> {
  const bare = await laptopOf(desk, id);
  const bar = byId('progress', HTMLProgressElement);
  let opened = 0;
  const result = await readEvidence(desk, id, {
    fetched: (count, total) => {
      bar.max = 2 * (total ?? count);
      bar.value = count + opened;
    },
    glanced: () => undefined,
    opened: (count) => {
      opened += count;
      bar.value += count;
    },
  });
  const { orders, findings: distrust } = result.orders;
  return { ...bare, orders, distrust, evidence: result.evidence, result };
}

/** Only what was sent under theft orders, where there ever were any: nobody asked for the rest. */
function sinceTheft(laptop: Laptop): Laptop {
  const stolen = laptop.evidence.filter((one) => madeStolen(laptop, one));
  return stolen.length ? { ...laptop, evidence: stolen } : laptop;
}

async function show(desk: Desk, map: WhereMap, id: string): Promise<void> {
  const whole = await everything(desk, id);
  const laptop = sinceTheft(whole);
  showFacts(desk, laptop);
  showPlaces(laptop, map);
  showRoute(laptop);
  showProof(laptop);
  showVerdict(whole);
  showFindings(whole.result?.findings ?? []);
  await showPictures(laptop, new Album(desk.api));
  byId('opening', HTMLElement).hidden = true;
  byId('print', HTMLButtonElement).disabled = false;
}

function showFacts(desk: Desk, laptop: Laptop): void {
  const now = desk.now();
  const theft = laptop.orders.findLast(({ will }) => will.theft)?.will.theft;
  const position = positionsOf(laptop).at(-1);
  const [day] = new Date(now).toISOString().split('T');
  const facts: Record<string, string> = {
    number: `HW-${day!.replaceAll('-', '')}-${laptop.id.slice(0, 6)}`,
    name: laptop.name,
    owner: desk.session.email,
    id: laptop.id,
    stolen: theft ? moment(theft.since) : say('never-stolen'),
    seen: position
      ? `${moment(position.t)}, ${place(position)} (${coordinates(position)})`
      : say('never'),
    made: moment(now),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  for (const element of document.querySelectorAll<HTMLElement>('[data-report]')) {
    element.textContent = facts[element.dataset.report ?? ''] ?? '';
  }
  document.title = `${facts.number} ${facts.name}`;
}

function showPlaces(laptop: Laptop, map: WhereMap): void {
  const positions = positionsOf(laptop);
  map.showFixes(positions);
  map.showRoute(routeOnMap(laptop));
  const rows = positions.toReversed().slice(0, PLACES).map(described);
  fillList(byId('positions', HTMLTableSectionElement), template('position-row'), rows);
}

function showRoute(laptop: Laptop): void {
  const found = newestRoute(laptop);
  byId('hops', HTMLOListElement).replaceChildren(...(found ? hopRows(found.route) : []));
  byId('route-end', HTMLElement).textContent = found
    ? `${moment(found.from.moment)}. ${sayEnd(found.route)}`
    : say('no-route');
}

/** What the pack's skeletons prove, report by report. */
function showProof({ evidence }: Laptop): void {
  const rows = evidence.slice(-PLACES).map(({ seq, moment: made, row, receipt }) => ({
    seq,
    made: moment(made),
    received: receipt ? moment(receipt.received) : '',
    hash: hex(row.hash),
  }));
  fillList(byId('proof', HTMLTableSectionElement), template('proof-row'), rows.toReversed());
}

async function showPictures(laptop: Laptop, album: Album): Promise<void> {
  const shots = shotsOf(laptop).slice(0, PICTURES);
  const figures = await Promise.all(shots.map((shot) => figure(shot, album)));
  byId('pictures', HTMLElement).replaceChildren(...figures);
  byId('no-pictures', HTMLElement).hidden = figures.length > 0;
}

async function figure(shot: Shot, album: Album): Promise<HTMLElement> {
  const opened = await album.open(shot);
  const words = wordsOf(shot);
  const missing = 'code' in opened ? translated(opened.sentence) : null;
  const hash = 'code' in opened ? null : opened.sha256;
  const filled = fill(template('picture'), { ...words, missing, hash });
  const image = filled.querySelector('img')!;
  if ('code' in opened) image.remove();
  else {
    image.src = opened.url;
    image.alt = say('shot-label', words);
    // Waited for, else paper may come before the picture; what is none keeps its hash and words.
    await image.decode().catch(() => image.remove());
  }
  return filled;
}

function template(id: string): HTMLTemplateElement {
  return byId(id, HTMLTemplateElement);
}

async function print(map: WhereMap): Promise<void> {
  const back = await map.print(PAPER_PX);
  window.print();
  back();
}

const desk = await ownerDesk();
const map = await showMap(byId('where', HTMLElement), () => undefined);
byId('print', HTMLButtonElement).addEventListener('click', () => void print(map));
await insisting(() => show(desk, map, byId('report', HTMLElement).dataset.device!));
ready();
