/** A laptop's evidence for a page: examined in workers, the new mark pinned when all is checked. */

import './tt';

import { type Desk, pinsOf } from './owner/desk';
import { type Audience, collect, type Page } from './owner/evidence';
import type { Trust } from './owner/examination';
import { Problem } from './owner/problem';
import { movedPins, type Result } from './owner/verification';
import type { Errand, News } from './vault.worker';
import vaultUrl from './vault.worker.ts?worker';

const WORKERS = 4; // more would only wait for each other, and for the portal

/** Everything of the laptop with this id; `past` is what this page knows already. Throws Problem. */
export async function readEvidence(
  desk: Desk,
  id: string,
  audience: Audience,
  past: Result | null = null,
): Promise<Result> {
  const directory = await desk.directory();
  const trust: Trust = { directory, pins: pinsOf(directory, id), keys: desk.session.keys };
  const crew = new Crew(trust);
  try {
    const result = await collect(
      desk.api,
      trust,
      (path) => crew.page(path),
      audience,
      desk.now(),
      past,
    );
    await desk.pin(id, (before) => movedPins(result, before));
    return result;
  } finally {
    crew.dismiss();
  }
}

/** Workers, made as they are needed; each takes the next page in turn. */
class Crew {
  readonly #workers: Worker[] = [];
  readonly #size = Math.min(WORKERS, navigator.hardwareConcurrency || 1);
  #turn = 0;

  constructor(private readonly trust: Trust) {}

  page(path: string): Page {
    const turn = this.#turn++ % this.#size;
    const worker = (this.#workers[turn] ??= new Worker(vaultUrl, { type: 'module' }));
    const { port1: answers, port2: port } = new MessageChannel();
    const page = pageFrom(worker, answers);
    const errand: Errand = { path, trust: this.trust };
    worker.postMessage(errand, [port]);
    return page;
  }

  dismiss(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function pageFrom(worker: Worker, answers: MessagePort): Page {
  const fetched = Promise.withResolvers<Awaited<Page['fetched']>>();
  const reports = Promise.withResolvers<Awaited<Page['reports']>>();
  const fail = (sentence: string): void => {
    fetched.reject(new Problem(sentence));
    reports.reject(new Problem(sentence));
  };
  answers.onmessage = ({ data }: MessageEvent<News>) => {
    if (data.kind === 'fetched') fetched.resolve(data);
    else if (data.kind === 'examined') reports.resolve(data.reports);
    else fail(data.sentence);
  };
  worker.addEventListener('error', () =>
    fail('Evidence cannot be opened in this browser. Try a newer one.'),
  );
  reports.promise.catch(() => undefined); // whoever waits hears of it all the same
  return { fetched: fetched.promise, reports: reports.promise };
}
