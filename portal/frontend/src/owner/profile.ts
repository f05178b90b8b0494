/**
 * Name and phone, sealed in the directory: whoever runs the portal cannot read them.
 *
 * A program that knows nothing of them carries them along (`rest` of the directory).
 */

import { type Json, mapping } from '../protocol/json';
import type { Directory } from './directory';

const KEY = 'person';
const LONGEST = 200;

/** Empty where the owner gave none. */
export interface Profile {
  readonly name: string;
  readonly phone: string;
}

export function profileOf({ rest }: Directory): Profile {
  const held: Json = KEY in rest ? mapping(rest[KEY]) : {};
  return { name: written(held.name), phone: written(held.phone) };
}

export function withProfile(directory: Directory, { name, phone }: Profile): Directory {
  const kept = { name: written(name), phone: written(phone) };
  return { ...directory, rest: { ...directory.rest, [KEY]: kept } };
}

function written(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, LONGEST) : '';
}
