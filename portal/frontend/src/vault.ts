/** A laptop's evidence for a page: opened in a worker, the new mark pinned when all is checked. */

import './tt';

import { type Desk, pinsOf } from './owner/desk';
import { Problem } from './owner/problem';
import { type Evidence, movedPins, type Result } from './owner/verification';
import type { News } from './vault.worker';
import vaultUrl from './vault.worker.ts?worker';

/** Who hears how it goes; `glanced` are the last reports, their order not proven yet. */
export interface Reader {
  readonly fetched: (count: number, total: number | null) => void;
  readonly glanced: (evidence: readonly Evidence[]) => void;
  readonly opened: (evidence: readonly Evidence[]) => void;
}

/** Everything of the laptop with this id; throws Problem. */
export async function readEvidence(desk: Desk, id: string, reader: Reader): Promise<Result> {
  const directory = await desk.directory();
  const pins = pinsOf(directory, id);
  const worker = new Worker(vaultUrl, { type: 'module' });
  try {
    const result = await heard(worker, reader, { directory, pins, keys: desk.session.keys });
    await desk.pin(id, (before) => movedPins(result, before));
    return result;
  } finally {
    worker.terminate();
  }
}

function heard(worker: Worker, reader: Reader, trust: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.kind === 'done') resolve(data.result);
      else if (data.kind === 'failed') reject(new Problem(data.sentence));
      else if (data.kind === 'fetched') reader.fetched(data.count, data.total);
      else if (data.kind === 'glance') reader.glanced(data.evidence);
      else reader.opened(data.evidence);
    };
    worker.onerror = () =>
      reject(new Problem('Evidence cannot be opened in this browser. Try a newer one.'));
    worker.postMessage(trust);
  });
}
