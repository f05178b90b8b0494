/** Argon2id aside from the page: it takes a good part of a second, and WebAssembly only here. */

import { argon2id } from 'hash-wasm';

import type { Bytes } from './protocol/bytes';
import type { Kdf } from './protocol/vault';

export interface ArgonJob {
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly kdf: Kdf;
}

self.onmessage = async ({ data }: MessageEvent<ArgonJob>) => {
  const { password, salt, kdf } = data;
  const costs = { memorySize: kdf.m, iterations: kdf.t, parallelism: kdf.p, hashLength: 32 };
  self.postMessage(await argon2id({ password, salt, ...costs, outputType: 'binary' }));
};
