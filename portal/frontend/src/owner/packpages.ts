/**
 * What people read in an evidence pack. Its content comes from a laptop somebody else may hold:
 * everything is escaped, and nothing in the page can run or fetch.
 */

import readmeText from '../../../../shared/pack-readme.txt';
import reportText from '../../../../shared/pack-report.html';
import { type Bytes, hex, utf8 } from '../protocol/bytes';
import { sha256 } from '../protocol/crypto';
import { type Contents, mediaName } from '../protocol/pack';
import { fingerprint } from '../protocol/pairing';
import { isRead, locationIn, traceroutesIn } from '../protocol/readings';
import type { Sighting } from '../protocol/sighting';
import type { Evidence } from './verification';

/** One still that goes into the pack. */
export interface Still {
  readonly seq: number;
  readonly index: number;
  readonly camera: string;
  readonly mime: string;
  readonly data: Bytes;
}

type Fact = readonly [name: string, said: string | null];

const PICTURES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp']);
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

export async function readme(contents: Contents, ownerKey: Bytes): Promise<Bytes> {
  return utf8(filled(readmeText, await factsOf(contents, ownerKey)));
}

/** report.html. */
export async function report(
  contents: Contents,
  ownerKey: Bytes,
  shown: readonly Evidence[],
  stills: readonly Still[],
): Promise<Bytes> {
  const facts = Object.entries(await factsOf(contents, ownerKey));
  const articles = await Promise.all(shown.map((one) => article(one, stills)));
  const escaped = Object.fromEntries(facts.map(([name, said]) => [name, escape(said)]));
  return utf8(filled(reportText, { ...escaped, articles: articles.join('\n') }));
}

/** Every {name} at once: what is put in is not looked at again. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (found, name: string) => values[name] ?? found);
}

async function factsOf(
  contents: Contents,
  ownerKey: Bytes,
): Promise<Readonly<Record<string, string>>> {
  return {
    laptop: printable(contents.laptop, 100),
    device_id: hex(contents.offer.deviceId),
    fingerprint: await fingerprint(ownerKey),
    made: utc(contents.made) ?? '',
    shown: String(contents.records.size),
    reports: String(contents.skeletons.length),
  };
}

async function article(one: Evidence, stills: readonly Still[]): Promise<string> {
  const lines = said(one)
    .filter(([, value]) => value)
    .map(([name, value]) => `<dt>${name}</dt><dd>${escape(value!)}</dd>`);
  const figures = await Promise.all(stills.filter(({ seq }) => seq === one.seq).map(figure));
  return [
    `<article><h2>Report ${one.seq}</h2><dl>`,
    ...lines,
    '</dl>',
    ...figures,
    '</article>',
  ].join('\n');
}

function said({ record, receipt, sighting }: Evidence): readonly Fact[] {
  const why = record?.said.why ?? record?.said.result ?? record?.said.event;
  return [
    ['Clock of the laptop', record && utc(record.t)],
    ['Portal had it at', receipt && utc(receipt.received)],
    ['Why', typeof why === 'string' ? printable(why, 40) : null],
    ['Place', record && placeOf(record)],
    ['Internet address', sighting && printable(sighting.ip, 60)],
    ['Network', sighting && printable(sighting.asn ?? '', 80)],
    ['City of the address', sighting && cityOf(sighting)],
    ['Route', record && routeOf(record)],
  ];
}

function placeOf(record: NonNullable<Evidence['record']>): string | null {
  const fix = locationIn(record);
  if (!isRead(fix)) return null;
  const point = `${fix.latitude.toFixed(5)}, ${fix.longitude.toFixed(5)}`;
  const accuracy = `±${Math.round(fix.accuracyM)} m`;
  return `${point} ${accuracy} (${printable(fix.source, 30)})`;
}

function cityOf({ city, radiusKm }: Sighting): string | null {
  if (!city) return null;
  return `${printable(city, 60)}${radiusKm === null ? '' : ` ±${radiusKm} km`}`;
}

function routeOf(record: NonNullable<Evidence['record']>): string | null {
  const routes = traceroutesIn(record);
  if (!isRead(routes)) return null;
  const hops = routes.flatMap((route) => route.hops);
  return hops.map(({ ip }) => (ip === null ? 'no answer' : printable(ip, 60))).join(' → ');
}

async function figure(still: Still): Promise<string> {
  const camera = escape(printable(still.camera, 60));
  const name = mediaName(still.seq, still.index, still.mime);
  const caption = `${camera} · ${name} · SHA-256 ${hex(await sha256(still.data))}`;
  if (!PICTURES.has(still.mime)) return `<p>${caption}</p>`;
  const source = `data:${still.mime};base64,${base64(still.data)}`;
  const image = `<img alt="Snapshot of ${camera}" src="${source}">`;
  return `<figure>${image}<figcaption>${caption}</figcaption></figure>`;
}

function base64(data: Bytes): string {
  let binary = '';
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Somebody else's text: no control or direction characters, not endless. */
function printable(text: string, most: number): string {
  return text
    .slice(0, most)
    .replace(/[\p{C}\p{Z}]/gu, ' ')
    .trim();
}

function utc(ms: number): string | null {
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) return null;
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
