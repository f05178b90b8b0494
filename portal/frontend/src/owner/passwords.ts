/** Which passwords are refused at the door: short, common, or a pattern (protocol.md 2). */

import { Problem } from './problem';

const LEAST = 12;
const MOST_BYTES = 1024;
const LEFT_OVER = 4;
// prettier-ignore
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn', '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1q2w3e4r5t6y7u8i9o0p', 'qazwsxedcrfvtgbyhnujm',
];
// Words that common long passwords are glued from; what is left after taking them out must be
// worth something by itself.
// prettier-ignore
const WORDS = [
  'administrator', 'password', 'passwort', 'passw0rd', 'p@ssw0rd', 'motdepasse', 'contrasena',
  'welcome', 'willkommen', 'bienvenue', 'iloveyou', 'letmein', 'trustno', 'changeme', 'default',
  'sunshine', 'princess', 'football', 'baseball', 'superman', 'starwars', 'chocolate', 'dragon',
  'monkey', 'master', 'shadow', 'michael', 'jennifer', 'charlie', 'liverpool', 'computer',
  'internet', 'homeward', 'laptop', 'secret', 'summer', 'winter', 'spring', 'autumn', 'london',
  'admin', 'login', 'hello', 'qwerty', 'azerty', 'qwertz', 'asdfgh', 'zxcvbn', 'google',
  'whatever', 'freedom', 'batman', 'pokemon', 'test', 'user', 'root', 'pass', 'love', 'abc',
];
// prettier-ignore
const COMMON = new Set([
  'championsleague', 'correcthorsebatterystaple', 'fuckyou12345', 'idontknow1234',
  'ihatepasswords', 'ilovejesus', 'iloveyouforever', 'iloveyousomuch', 'itsasecret123',
  'jesuslovesme', 'manchesterunited', 'maytheforcebewithyou', 'mynameisjohn', 'neverforget123',
  'nevergonnagiveyouup', 'nothingtosee', 'openthedoor123', 'thequickbrownfox', 'thisismypassword',
  'tobeornottobe', 'winteriscoming', 'youwillneverguess',
]);

/** Throws Problem with what to do instead. The same rules as owner/passwords.py. */
export function checkPassword(password: string, email: string): void {
  const text = password.normalize('NFKC');
  const length = [...text].length;
  if (length < LEAST) {
    throw new Problem(
      `This password has ${length} characters. Use at least ${LEAST}: four or five unrelated ` +
        'words are easy to remember.',
    );
  }
  if (new TextEncoder().encode(text).length > MOST_BYTES) {
    throw new Problem('This password is too long. Use at most 1,000 characters.');
  }
  const why = weakness(text.toLowerCase(), email.toLowerCase().trim());
  if (why) {
    throw new Problem(
      `This password ${why}, so it would be guessed early. Use four or five unrelated words ` +
        'instead.',
    );
  }
}

function weakness(text: string, email: string): string | null {
  const squeezed = text.replace(/[^\p{L}\p{N}]/gu, '');
  const local = email.split('@')[0]!;
  const reversed = [...local].reverse().join('');
  if (local.length >= 3 && (text.includes(local) || text.includes(reversed))) {
    return 'contains your email address';
  }
  if (repeats(text) || new Set(text).size < 5) return 'repeats itself';
  if (isRun(squeezed)) return 'follows the keyboard or counts';
  if (COMMON.has(squeezed) || withoutWords(squeezed).length < LEFT_OVER) return 'is a common one';
  return null;
}

/** One character or group, over and over. */
function repeats(text: string): boolean {
  const sizes = Array.from({ length: Math.floor(text.length / 2) }, (_, i) => i + 1);
  return sizes.some(
    (size) => text === text.slice(0, size).repeat(text.length).slice(0, text.length),
  );
}

/** Whether runs of four and more along the keyboard or alphabet make up nearly all of it. */
function isRun(text: string): boolean {
  let left = 0;
  for (let at = 0; at < text.length;) {
    const length = runAt(text, at);
    left += length ? 0 : 1;
    at += length || 1;
  }
  return left < LEFT_OVER;
}

function runAt(text: string, at: number): number {
  for (let length = text.length - at; length > 3; length--) {
    const piece = text.slice(at, at + length);
    if (RUNS.some((run) => run.includes(piece) || [...run].reverse().join('').includes(piece))) {
      return length;
    }
  }
  return 0;
}

function withoutWords(text: string): string {
  return WORDS.reduce((left, word) => left.replaceAll(word, ''), text).replace(/\p{Nd}/gu, '');
}
