/** Bytes as every document is made of: joined, compared, shown as hex, read and written. */

import { Malformed } from './errors';

/** Never shared memory, which WebCrypto refuses. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const ENCODER = new TextEncoder();

export function utf8(text: string): Bytes {
  return ENCODER.encode(text);
}

export function random(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Equality without an early way out: how far two secrets agree must not show in the time. */
export function same(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!;
  return difference === 0;
}

export function hex(data: Uint8Array): string {
  let text = '';
  for (const byte of data) text += HEX[byte];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex, `size` bytes of it if that is fixed; throws Malformed. */
export function unhex(text: unknown, size?: number): Bytes {
  if (typeof text !== 'string' || !/^([0-9a-f]{2})*$/.test(text)) throw new Malformed('not hex');
  if (size !== undefined && text.length !== size * 2) {
    throw new Malformed(`${size} bytes were expected`);
  }
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function u32(value: number): Bytes {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value);
  return data;
}

export function u64(value: number): Bytes {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt(value));
  return data;
}

/** Reads big-endian fields one after another; throws Malformed where they end too soon. */
export class Reader {
  #at = 0;

  constructor(private readonly data: Bytes) {}

  take(size: number): Bytes {
    const end = this.#at + size;
    if (end > this.data.length) throw new Malformed('cut off');
    const taken = this.data.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  rest(): Bytes {
    return this.take(this.data.length - this.#at);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u32(): number {
    return view(this.take(4)).getUint32(0);
  }

  /** Counts and milliseconds: what lies past 2^53 is no number here, so it is refused. */
  u64(): number {
    const value = Number(view(this.take(8)).getBigUint64(0));
    if (!Number.isSafeInteger(value)) throw new Malformed('a number is out of range');
    return value;
  }
}

function view(data: Bytes): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
