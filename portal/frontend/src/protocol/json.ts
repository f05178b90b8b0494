/** JSON read as strictly as shared/encoding.py reads it, so that both see the same document. */

import { type Bytes, utf8 } from './bytes';
import { Malformed } from './errors';

export type Json = { readonly [name: string]: unknown };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}:]|-?\d[\d.eE+-]*/g;

/** Compact UTF-8. Nothing is ever re-serialised to be verified. */
export function toJson(value: Json): Bytes {
  return utf8(JSON.stringify(value));
}

/**
 * One JSON object; throws Malformed, also for infinities, lone surrogates and names that stand
 * twice, which JSON.parse lets pass.
 */
export function fromJson(data: Uint8Array): Json {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    value = JSON.parse(text);
    checkTokens(text);
  } catch {
    throw new Malformed('not JSON');
  }
  return mapping(value);
}

/** `text` is valid JSON already, so a string followed by a colon is a name. */
function checkTokens(text: string): void {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token === ':') addName(open.at(-1)!, last);
    else if (token.startsWith('"')) last = wellFormed(token);
    else if (!Number.isFinite(Number(token))) throw new Malformed('a number is too large');
  }
}

function addName(names: Set<string>, name: string): void {
  if (names.has(name)) throw new Malformed('a name stands twice');
  names.add(name);
}

function wellFormed(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  const text = JSON.parse(token) as string;
  if (!text.isWellFormed()) throw new Malformed('half a character');
  return text;
}

/** A whole number out of JSON, in its range; throws Malformed. */
export function number(value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw new Malformed('a number is missing or out of range');
  }
  return value as number;
}

/** A string out of JSON; throws Malformed. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Malformed('a text is missing');
  return value;
}

/** A boolean out of JSON; throws Malformed. */
export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Malformed('a yes or no is missing');
  return value;
}

/** A list out of JSON; throws Malformed. */
export function items(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed('a list is missing');
  return value as unknown[];
}

/** An object out of JSON; throws Malformed. */
export function mapping(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed('an object is missing');
  }
  return value as Json;
}
