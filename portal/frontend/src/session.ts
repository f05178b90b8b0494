/**
 * A reading session in this browser: keys that open evidence, kept for a while, for all tabs.
 *
 * It holds neither the account key nor the key that signs orders, and none of its keys can be read
 * back. It ends after 30 idle minutes, after 12 hours, with `lock`, and with the sign-out's
 * Clear-Site-Data.
 */

import type { OpeningKey } from './protocol/crypto';
import type { DirectoryKey } from './protocol/keyring';
import type { Kdf } from './protocol/vault';
import * as store from './store';

const IDLE_MS = 30 * 60 * 1000;
const LONGEST_MS = 12 * 3600 * 1000;
const TOUCH_MS = 60 * 1000; // often enough for 30 minutes, seldom enough for a disk
const LOOK_MS = 5000;
const CHANNEL = 'homeward-vault';
const LOCKED = 'locked';

/**
 * `keys` by key id in hex. `seen` is the newest directory and hashing known, behind which the portal
 * may not go, and the lock on the account key, which only ends with all sessions. `shared` stands for a computer others use: nothing outlives the page.
 */
export interface Session {
  readonly email: string;
  readonly directoryKey: DirectoryKey;
  readonly keys: ReadonlyMap<string, OpeningKey>;
  readonly seen: { readonly directoryVersion: number; readonly kdf: Kdf; readonly lock: string };
  readonly shared: boolean;
}

interface Kept {
  readonly session: Session;
  readonly begun: number;
  readonly used: number;
}

let inMemory: Kept | null = null;
const channel = new BroadcastChannel(CHANNEL);

/** Begin, or replace what is held (a key was added, a newer directory seen). */
export async function keep(session: Session, now = Date.now()): Promise<void> {
  const before = await kept(now);
  await write({ session, begun: before?.begun ?? now, used: now });
}

/** The unlocked session, or null: locked, expired, or never unlocked here. */
export async function current(now = Date.now()): Promise<Session | null> {
  return (await kept(now))?.session ?? null;
}

/** Somebody is here: the idle time begins anew. */
export async function touch(now = Date.now()): Promise<void> {
  const held = await kept(now);
  if (held && now - held.used >= TOUCH_MS) await write({ ...held, used: now });
}

/** Forget the keys here and in every other tab. */
export async function lock(): Promise<void> {
  await forget();
  channel.postMessage(LOCKED);
}

/** Hear that the keys are gone, whichever tab locked them or however time passed. */
export function onLock(locked: () => void): void {
  channel.addEventListener('message', ({ data }) => {
    if (data !== LOCKED) return;
    inMemory = null;
    locked();
  });
  // Timers sleep with the laptop, so it is the clock that decides, looked at often.
  let unlocked = false;
  const look = async (): Promise<void> => {
    const is = (await current()) !== null;
    if (unlocked && !is) locked();
    unlocked = is;
  };
  void look(); // what is lost within the first seconds is noticed too
  setInterval(look, LOOK_MS);
}

/** Keep the session alive while somebody reads, scrolls or types. */
export function followActivity(): void {
  const active = (): void => void touch();
  for (const kind of ['pointerdown', 'keydown', 'wheel']) {
    addEventListener(kind, active, { passive: true });
  }
}

async function kept(now: number): Promise<Kept | null> {
  const held = inMemory ?? ((await store.load()) as Kept | undefined) ?? null;
  if (held === null) return null;
  // A clock set back must not lengthen a session.
  const fresh = held.used <= now && now - held.used < IDLE_MS && now - held.begun < LONGEST_MS;
  if (!fresh) await forget();
  return fresh ? held : null;
}

async function write(held: Kept): Promise<void> {
  if (held.session.shared) inMemory = held;
  else await store.save(held);
}

async function forget(): Promise<void> {
  inMemory = null;
  await store.clear();
}
