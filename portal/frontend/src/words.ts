/** Measures and moments as people write them, in the reader's own language and time zone. */

import { type Point, placeName } from './places';

// The page’s language, as the reader’s browser writes it: en-GB and en-US write dates differently.
const LANGUAGE = document.documentElement.lang;
const LOCALES = [...navigator.languages.filter((one) => one.startsWith(LANGUAGE)), LANGUAGE];
const MINUTE = 60_000;
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 24 * 60 * MINUTE],
  ['hour', 60 * MINUTE],
  ['minute', MINUTE],
];

/** “21 Nov 2026, 01:12” */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat(LOCALES, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** “3 minutes ago”, “yesterday”, “in 14 days” */
export function ago(ms: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(LOCALES, { numeric: 'auto' });
  const passed = ms - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(passed) >= length) ?? UNITS[2]!;
  return format.format(Math.trunc(passed / size), unit);
}

/** “± 38 m”, “± 25 km” */
export function accuracy(meters: number): string {
  return `± ${distance(meters)}`;
}

export function distance(meters: number): string {
  const km = meters >= 1000;
  const digits = { maximumFractionDigits: km && meters < 10_000 ? 1 : 0 };
  const value = new Intl.NumberFormat(LOCALES, digits).format(km ? meters / 1000 : meters);
  return `${value} ${km ? 'km' : 'm'}`;
}

/** “52.2297, 21.0122”, as every map service takes it */
export function coordinates({ latitude, longitude }: Point): string {
  return `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
}

/** “Warsaw, 4 km”, or the coordinates far from any large city */
export function place(point: Point): string {
  return placeName(point) ?? coordinates(point);
}

/** “251 GB” */
export function gigabytes(bytes: number): string {
  const format = { style: 'unit', unit: 'gigabyte', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(LOCALES, format).format(bytes / 1e9);
}

/**
 * A Wi-Fi network's name, which is bytes that a stranger chose: what is no text is written as \xFF,
 * and what could turn a line around or hide in it as \u{202E}.
 */
export function networkName(ssid: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(ssid);
    return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${inHex(one.codePointAt(0)!)}}`);
  } catch {
    return Array.from(ssid, byteInWords).join('');
  }
}

function byteInWords(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${inHex(byte)}`;
}

function inHex(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}
