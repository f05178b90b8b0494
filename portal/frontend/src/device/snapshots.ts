/** “Camera snapshots”: stills as they are opened, and each in full with what proves it. */

import type { Api } from '../api';
import { byId, fill } from '../fill';
import { piecewise } from '../more';
import { picture, stills } from '../owner/evidence';
import type { Finding } from '../owner/findings';
import type { Evidence } from '../owner/verification';
import { hex } from '../protocol/bytes';
import { sha256 } from '../protocol/crypto';
import { isRead, type Snapshot, snapshotsIn, type Unread } from '../protocol/readings';
import { translated } from '../page';
import { say, sayOr } from '../says';
import { moment } from '../words';
import type { Laptop } from './laptop';
import { sayUnread } from './facts';

const SHOWN = 12;

/** One still of one report. */
export interface Shot {
  readonly from: Evidence;
  readonly still: Snapshot;
}

/** A picture ready for an <img>, with the hash of its file. */
export interface Opened {
  readonly url: string;
  readonly sha256: string;
}

/** Newest first. */
export function shotsOf({ evidence }: Laptop): readonly Shot[] {
  return evidence.toReversed().flatMap((from) => stills(from).map((still) => ({ from, still })));
}

/** Fetches each picture once; one that is not there yet is asked for again. */
export class Album {
  readonly #opened = new Map<string, Promise<Opened | Finding>>();

  constructor(private readonly api: Api) {}

  open(shot: Shot): Promise<Opened | Finding> {
    const name = `${shot.from.seq}/${shot.still.index}`;
    const held = this.#opened.get(name) ?? this.#fetch(shot);
    this.#opened.set(name, held);
    held.then(
      (got) => 'code' in got && this.#opened.delete(name),
      () => this.#opened.delete(name),
    );
    return held;
  }

  async #fetch({ from, still }: Shot): Promise<Opened | Finding> {
    const got = await picture(this.api, from, still);
    if (!('blob' in got)) return got;
    const data = new Uint8Array(await got.blob.arrayBuffer());
    return { url: URL.createObjectURL(got.blob), sha256: hex(await sha256(data)) };
  }
}

export class Gallery {
  readonly #list: (rows: readonly Shot[]) => void;
  #shown = '';

  constructor(private readonly album: Album) {
    const [list, more] = [byId('shots', HTMLUListElement), byId('more-shots', HTMLButtonElement)];
    this.#list = piecewise(list, more, SHOWN, (shot) => this.#show(shot));
    const dialog = byId('photo', HTMLDialogElement);
    dialog.querySelector('[data-closes]')!.addEventListener('click', () => dialog.close());
  }

  show(laptop: Laptop): void {
    const shots = shotsOf(laptop);
    byId('no-shots', HTMLElement).hidden = shots.length > 0;
    byId('shot-count', HTMLElement).textContent = say('shots', { count: shots.length });
    showBlind(laptop);
    const which = shots.map(({ from, still }) => `${from.seq}/${still.index}`).join();
    if (which === this.#shown) return;
    this.#shown = which;
    this.#list(shots);
  }

  #show(shot: Shot): HTMLElement {
    const words = wordsOf(shot);
    const figure = fill(byId('shot', HTMLTemplateElement), words);
    const button = figure.querySelector('button')!;
    button.ariaLabel = say('shot-label', words);
    this.album.open(shot).then(
      (opened) => {
        if ('code' in opened) return this.#missing(button, translated(opened.sentence));
        const image = button.querySelector('img')!;
        image.addEventListener('error', () => instead(button, say('shot-broken')));
        setPicture(image, opened.url);
        button.addEventListener('click', () => showFull(shot, opened));
      },
      () => this.#missing(button, say('shot-later')),
    );
    return figure;
  }

  /** Asked for again with the next news: a picture comes after its report. */
  #missing(button: HTMLButtonElement, why: string): void {
    this.#shown = '';
    instead(button, why);
  }
}

/** Words where a picture should be. */
function instead(button: HTMLButtonElement, why: string): void {
  const place = button.querySelector<HTMLElement>('[data-missing]')!;
  place.textContent = why;
  place.hidden = false;
  button.querySelector('img')!.hidden = true;
  button.disabled = true;
}

export function wordsOf({ from, still }: Shot): Record<string, string> {
  return {
    camera: still.camera,
    when: moment(from.moment),
    seq: String(from.seq),
    lens: sayOr(`lens-${still.picture}`, ''),
  };
}

function setPicture(image: HTMLImageElement, url: string): void {
  image.src = url;
  image.hidden = false;
}

function showFull(shot: Shot, opened: Opened): void {
  const dialog = byId('photo', HTMLDialogElement);
  const words = wordsOf(shot);
  for (const place of dialog.querySelectorAll<HTMLElement>('[data-field]')) {
    place.textContent = { ...words, hash: opened.sha256 }[place.dataset.field ?? ''] ?? '';
  }
  const image = dialog.querySelector('img')!;
  setPicture(image, opened.url);
  image.alt = say('shot-label', words);
  dialog.showModal();
}

/** Cameras of the newest look that gave no picture, each with its reason. */
function showBlind({ evidence }: Laptop): void {
  const last = evidence.findLast(({ record }) => record && snapshotsIn(record))?.record;
  const lines = blindIn(last ? snapshotsIn(last) : null);
  const place = byId('blind', HTMLElement);
  place.textContent = lines.length ? say('blind', { cameras: lines.join('; ') }) : '';
  place.hidden = !lines.length;
}

function blindIn(read: ReturnType<typeof snapshotsIn>): readonly string[] {
  if (read === null) return [];
  if (!isRead(read)) return [sayUnread(read)];
  const blind = read.filter((one): one is Unread & { camera: string } => 'unread' in one);
  return blind.map((one) => `${one.camera}: ${sayUnread(one)}`);
}
