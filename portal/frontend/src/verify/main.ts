/**
 * verify.html: one file that checks an evidence pack wherever there is a browser, with no network.
 *
 * What a pack says came from a laptop somebody else may hold: it only ever becomes text, and
 * pictures only what an <img> shows.
 */

import { byId, fill, type Fields } from '../fill';
import { type Bytes, hex } from '../protocol/bytes';
import { check, type Checked, type Shown } from '../protocol/packcheck';
import { BrokenPack } from '../protocol/packerrors';
import { fingerprint } from '../protocol/pairing';
import { MAX_SIZE } from '../protocol/zip';

const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};
let urls: string[] = [];
let asked = 0;

const chosen = byId('pack', HTMLInputElement);
// A file of the same name may have other bytes by now; without this no browser would look again.
chosen.addEventListener('click', () => {
  chosen.value = '';
  void checkFile(undefined);
});
chosen.addEventListener('change', () => void checkFile(chosen.files?.[0]));

async function checkFile(file: File | undefined): Promise<void> {
  const turn = ++asked;
  show([], []);
  delete document.body.dataset.verdict;
  if (!file) return;
  document.body.dataset.verdict = 'checking';
  byId('verdict', HTMLElement).textContent = 'Checking…';
  const { verdict, element, articles } = await judged(file);
  if (turn !== asked) return; // another file was chosen meanwhile
  show([element], articles);
  document.body.dataset.verdict = verdict;
}

interface Judged {
  readonly verdict: 'holds' | 'broken';
  readonly element: HTMLElement;
  readonly articles: readonly HTMLElement[];
}

async function judged(file: File): Promise<Judged> {
  try {
    if (file.size > MAX_SIZE) throw new BrokenPack('not-a-pack', '');
    const found = await check(new Uint8Array(await file.arrayBuffer()));
    const articles = found.shown.map((one) => article(one, found.files));
    return { verdict: 'holds', element: await holds(found), articles };
  } catch (error) {
    return { verdict: 'broken', element: broken(error), articles: [] };
  }
}

function show(verdict: readonly HTMLElement[], articles: readonly HTMLElement[]): void {
  if (!articles.length) {
    for (const url of urls) URL.revokeObjectURL(url);
    urls = [];
  }
  byId('verdict', HTMLElement).replaceChildren(...verdict);
  byId('reports', HTMLElement).replaceChildren(...articles);
  byId('shown', HTMLElement).hidden = !articles.length;
}

function copy(id: string, fields: Fields): HTMLElement {
  return fill(byId(id, HTMLTemplateElement), fields);
}

async function holds(found: Checked): Promise<HTMLElement> {
  const { manifest, segments } = found;
  return copy('holds', {
    laptop: manifest.laptop,
    device: hex(manifest.offer.deviceId),
    owner: await fingerprint(found.owner),
    made: utc(manifest.made),
    counts: `${found.reports} reports, ${found.receipts} receipts`,
    segments: segments.length ? `Before report ${segments.join(', ')} it lost its memory.` : null,
  });
}

function broken(error: unknown): HTMLElement {
  const known = error instanceof BrokenPack;
  return copy('broken', {
    sentence: known ? error.message : 'The file cannot be read in this browser. Try a newer one.',
    code: known ? error.wrong : 'unreadable',
  });
}

function article(one: Shown, files: ReadonlyMap<string, Bytes>): HTMLElement {
  const element = copy('report', {
    title: `Report ${one.seq}`,
    time: utc(one.record?.t),
    received: utc(one.received),
    record: one.record ? JSON.stringify(one.record, null, 2) : 'It is not readable.',
    sighting: one.sighting ? JSON.stringify(one.sighting, null, 2) : 'The owner does not show it.',
  });
  element.append(...one.media.map((name) => figure(name, files.get(name)!)));
  return element;
}

function figure(name: string, data: Bytes): HTMLElement {
  const frame = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = name;
  const type = TYPES[name.split('.').at(-1)!];
  if (type) frame.append(picture(name, new Blob([data], { type })));
  frame.append(caption);
  return frame;
}

function picture(name: string, blob: Blob): HTMLImageElement {
  const image = document.createElement('img');
  image.loading = 'lazy';
  image.src = URL.createObjectURL(blob);
  image.alt = `Snapshot ${name}`;
  urls.push(image.src);
  return image;
}

function utc(ms: unknown): string {
  const time = typeof ms === 'number' ? new Date(ms) : new Date(NaN);
  if (Number.isNaN(time.getTime())) return 'not known';
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

document.documentElement.dataset.ready = '';
