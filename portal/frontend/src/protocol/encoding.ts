/** Bytes in JSON, and codes on paper. */

import type { Bytes } from './bytes';
import { Malformed } from './errors';
import { text } from './json';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LOOKALIKES: Record<string, string> = { O: '0', I: '1', L: '1' };

/** base64url without padding (RFC 4648 5), the form of all bytes in our JSON. */
export function b64(data: Uint8Array): string {
  let binary = '';
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Undo `b64`; throws Malformed for anything it could not have produced. */
export function unb64(value: unknown): Bytes {
  const encoded = text(value);
  if (!/^[A-Za-z0-9_-]*$/.test(encoded) || encoded.length % 4 === 1) {
    throw new Malformed('not base64url');
  }
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  const data = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) data[i] = binary.charCodeAt(i);
  // Only the last group can hide bits: two texts must never mean the same bytes.
  const tail = data.subarray(data.length - (data.length % 3));
  if (!encoded.endsWith(b64(tail))) throw new Malformed('not base64url as we write it');
  return data;
}

/** base64url bytes out of JSON, `size` of them if that is fixed; throws Malformed. */
export function binary(value: unknown, size?: number): Bytes {
  const data = unb64(value);
  if (size !== undefined && data.length !== size) {
    throw new Malformed(`${size} bytes were expected`);
  }
  return data;
}

/** Base 32 for people, in groups of four: a multiple of 5 bytes, 8 characters each 5. */
export function crockford(data: Uint8Array): string {
  let bits = 0n;
  for (const byte of data) bits = (bits << 8n) | BigInt(byte);
  const count = (data.length * 8) / 5;
  const symbols = Array.from(
    { length: count },
    (_, i) => CROCKFORD[Number((bits >> BigInt(5 * (count - 1 - i))) & 31n)],
  );
  return symbols.join('').replace(/.{4}(?=.)/g, '$&-');
}

/**
 * Read a code as typed: any case, spaces or dashes, O for 0, I or L for 1.
 * Throws Malformed unless exactly `size` bytes stand there.
 */
export function uncrockford(typed: string, size: number): Bytes {
  const symbols = typed
    .toUpperCase()
    .replace(/[- ]/g, '')
    .replace(/[OIL]/g, (c) => LOOKALIKES[c]!);
  const length = (size * 8) / 5;
  if (symbols.length !== length || /[^0-9A-HJKMNP-TV-Z]/.test(symbols)) {
    throw new Malformed(`a code of ${length} characters was expected`);
  }
  let bits = 0n;
  for (const symbol of symbols) bits = (bits << 5n) | BigInt(CROCKFORD.indexOf(symbol));
  return Uint8Array.from({ length: size }, (_, i) =>
    Number((bits >> BigInt(8 * (size - 1 - i))) & 255n),
  );
}
