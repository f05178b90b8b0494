/** What a laptop says became of a command, in words. Any shape may come: it is somebody else's. */

import type { Json } from '../protocol/json';
import { say, sayOr } from '../says';

const LONGEST = 100;

/** “Lock its screens: could not be done. Locked: 1 of 2.” */
export function answerWords(said: Json, seq: number): string {
  return say('answer', {
    seq,
    wish: sayOr(`wish-${said.wish}`, ''),
    result: sayOr(`result-${said.result}`, ''),
    detail: detailOf(said),
  });
}

function detailOf({ wish, result, detail, said }: Json): string {
  const word = detail || (wish === 'wipe' && result === 'done' && 'wiped');
  if (typeof word !== 'string') return '';
  const sentence = sayOr(`detail-${word}`, plain(word));
  const facts = factsOf(isObject(said) ? said : {});
  return sentence.replace(/\{(\w+)\}/g, (_, fact: string) => facts[fact] ?? '?');
}

/** What was counted and measured; of a wipe, over all its folders. */
function factsOf(said: Json): Readonly<Record<string, string>> {
  const folders = Array.isArray(said.folders) ? said.folders.filter(isObject) : [];
  const over = (name: string): number =>
    folders.reduce((sum, one) => sum + (typeof one[name] === 'number' ? one[name] : 0), 0);
  const counted = {
    files: over('files'),
    kept: over('kept'),
    missing: folders.filter(({ there }) => there === false).length,
  };
  return Object.fromEntries(
    Object.entries({ ...said, ...counted }).map(([name, value]) => [name, plain(value)]),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One short line, without what could turn it around or hide in it. */
function plain(value: unknown): string {
  const known = typeof value === 'string' || typeof value === 'number';
  return known
    ? String(value)
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
        .slice(0, LONGEST)
    : '?';
}
