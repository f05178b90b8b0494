/**
 * The one form of ZIP an evidence pack has: files stored as they are, one after another.
 *
 * Every byte of the container follows from names and contents, so reading checks each of them:
 * nothing can hide between files, stand twice, be unpacked to another size, or mean one thing to
 * one reader and another thing to the next.
 */

import { type Bytes, concat, same, utf8 } from './bytes';
import { Malformed, TooLarge } from './errors';

export const MAX_SIZE = 2 ** 30;
const MAX_FILES = 60_000;
const END = 22;
const CENTRAL = 46;
const TABLE = crcTable();
// One folder deep, and nothing a file system or a terminal could take for more than a name.
const NAME = /^(?:[a-z]+\/)?[A-Za-z0-9][A-Za-z0-9.-]{0,59}$/;

/** By name, in their order. */
export type Files = ReadonlyMap<string, Bytes>;

/** `file` is what the container no longer holds as it was put in; "" is its own table. */
export class Damaged extends Malformed {
  constructor(readonly file: string) {
    super(`${file || 'the table of contents'} is damaged`);
  }
}

/** The files in their order; throws TooLarge. */
export function write(files: Files): Bytes {
  const bodies: Bytes[] = [];
  const table: Bytes[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const head = local(name, data);
    table.push(central(name, data, at));
    bodies.push(head, data);
    at += head.length + data.length;
  }
  const listed = concat(...table);
  if (files.size > MAX_FILES || at + listed.length + END > MAX_SIZE) {
    throw new TooLarge('that is more than one pack may hold');
  }
  return concat(...bodies, listed, end(files.size, listed.length, at));
}

/** Undo `write`; throws Damaged (with the file), Malformed, TooLarge. */
export function read(data: Bytes): Files {
  if (data.length > MAX_SIZE) throw new TooLarge('that is more than one pack may hold');
  const { count, start } = readEnd(data);
  const files = new Map<string, Bytes>();
  let [at, entry] = [0, start];
  for (let i = 0; i < count; i++) {
    const { name, size } = readEntry(data, entry);
    const head = local(name, new Uint8Array()).length;
    const contents = data.subarray(
      at + head,
      Math.max(at + head, Math.min(at + head + size, start)),
    );
    if (files.has(name)) throw new Damaged('');
    expect(data, at, local(name, contents), name);
    const line = central(name, contents, at);
    expect(data, entry, line, name);
    files.set(name, contents);
    [at, entry] = [at + head + size, entry + line.length];
  }
  if (at !== start || entry !== data.length - END) throw new Damaged('');
  return files;
}

function expect(data: Bytes, at: number, wanted: Bytes, file: string): void {
  if (!same(data.subarray(at, at + wanted.length), wanted)) throw new Damaged(file);
}

/** How many files, and where the table begins. */
function readEnd(data: Bytes): { count: number; start: number } {
  const magics = [data.subarray(0, 4), data.subarray(-END, -END + 4)].map(text);
  if (data.length < END || !(magics[0] === 'PK\x03\x04' || magics[1] === 'PK\x05\x06')) {
    throw new Malformed('not a ZIP');
  }
  const view = viewOf(data, data.length - END);
  const count = view.getUint16(10, true);
  const [size, start] = [view.getUint32(12, true), view.getUint32(16, true)];
  if (start + size + END !== data.length || count > MAX_FILES) throw new Damaged('');
  expect(data, data.length - END, end(count, size, start), '');
  return { count, start };
}

/** One line of the table. */
function readEntry(data: Bytes, at: number): { name: string; size: number } {
  if (data.length - at < CENTRAL) throw new Damaged('');
  const view = viewOf(data, at);
  const [size, length] = [view.getUint32(24, true), view.getUint16(28, true)];
  const name = text(data.subarray(at + CENTRAL, at + CENTRAL + length));
  if (text(data.subarray(at, at + 4)) !== 'PK\x01\x02' || !NAME.test(name)) throw new Damaged('');
  return { name, size };
}

function local(name: string, data: Bytes): Bytes {
  const head = [u32(0x04034b50), u16(20), ...about(name, data)];
  return concat(...head, utf8(name));
}

function central(name: string, data: Bytes, at: number): Bytes {
  const head = [u32(0x02014b50), u16(20), u16(20), ...about(name, data)];
  return concat(...head, u16(0), u16(0), u16(0), u32(0), u32(at), utf8(name));
}

/** Flags, method "stored", 1980-01-01 as its time (no clock gets in), sum, sizes, lengths. */
function about(name: string, data: Bytes): Bytes[] {
  const sizes = [u32(crc32(data)), u32(data.length), u32(data.length)];
  return [u16(0), u16(0), u16(0), u16(0x21), ...sizes, u16(name.length), u16(0)];
}

function end(count: number, size: number, start: number): Bytes {
  const counts = [u16(0), u16(0), u16(count), u16(count)];
  return concat(u32(0x06054b50), ...counts, u32(size), u32(start), u16(0));
}

function u16(value: number): Bytes {
  return Uint8Array.of(value & 255, value >> 8);
}

function u32(value: number): Bytes {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}

function viewOf(data: Bytes, at: number): DataView {
  return new DataView(data.buffer, data.byteOffset + at);
}

function text(data: Bytes): string {
  return String.fromCharCode(...data);
}

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    return sum;
  });
}

function crc32(data: Bytes): number {
  let sum = 0xffffffff;
  for (const byte of data) sum = TABLE[(sum ^ byte) & 255]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
