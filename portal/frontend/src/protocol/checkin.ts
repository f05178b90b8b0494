/** The portal's word on how far it has a laptop's chain (protocol.md 7). */

import type { Bytes } from './bytes';
import { b64, binary } from './encoding';
import { type Json, mapping, number } from './json';

/** The last envelope stored, or the highest one verified. */
export interface Head {
  readonly seq: number;
  readonly chainHash: Bytes;
}

/** {"seq", "chain"} as answers and the directory carry it; throws Malformed. */
export function parseHead(value: unknown): Head {
  const data = mapping(value);
  return { seq: number(data.seq), chainHash: binary(data.chain, 32) };
}

export function headToJson(head: Head): Json {
  return { seq: head.seq, chain: b64(head.chainHash) };
}
