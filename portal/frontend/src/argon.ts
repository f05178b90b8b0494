/** Argon2id in its own worker, which lives for one password. */

import './tt';

import type { ArgonJob } from './argon.worker';
import argonUrl from './argon.worker.ts?worker';
import type { Bytes } from './protocol/bytes';
import type { Argon2id } from './protocol/vault';

export const argon2id: Argon2id = async (password, salt, kdf) => {
  const worker = new Worker(argonUrl, { type: 'module' });
  try {
    return await new Promise<Bytes>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Bytes>) => resolve(data);
      worker.onerror = () => reject(new Error('The password could not be processed here.'));
      const job: ArgonJob = { password, salt, kdf };
      worker.postMessage(job);
    });
  } finally {
    worker.terminate();
  }
};
