/** What a page of a signed-in owner begins with: keys unlocked, or the way to unlock them. */

import './tt';

import { api, Refused } from './api';
import { byId } from './fill';
import { sentence } from './page';
import { Desk } from './owner/desk';
import { OrdersNotTrusted } from './owner/orderchain';
import { Problem } from './owner/problem';
import * as session from './session';

const PAUSE_MS = 10_000;

/** The owner at work; without keys in this browser the unlock page comes first. */
export async function ownerDesk(): Promise<Desk> {
  session.onLock(() => void leaveFor('/unlock'));
  session.followActivity();
  const held = await session.current();
  if (held === null) return leaveFor('/unlock');
  return new Desk({ api, keep: (changed) => session.keep(changed), now: Date.now }, held);
}

/** To a page that leads back here. Never settles: this page is over. */
function leaveFor(path: string): Promise<never> {
  location.replace(`${path}?next=${encodeURIComponent(location.pathname)}${location.hash}`);
  return new Promise(() => undefined);
}

/** Do it; who was signed out meanwhile signs in and comes back. */
export async function signedIn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return leaveFor('/sign-in');
    if (error instanceof OrdersNotTrusted) throw new Problem(error.message);
    throw error;
  }
}

/** Do it until it succeeds, saying what is in the way: a portal that is away comes back. */
export async function insisting<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const done = await signedIn(work);
      trouble('');
      return done;
    } catch (error) {
      trouble(sentence(error));
      await pause(PAUSE_MS);
    }
  }
}

/** The page's one place for what is wrong with all of it. */
export function trouble(said: string): void {
  const banner = byId('trouble', HTMLElement);
  banner.querySelector('p')!.textContent = said;
  banner.hidden = !said;
  if (!said) byId('away', HTMLElement).hidden = true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** After `ms`, but only once somebody looks at the page. */
export async function pauseWhileSeen(ms: number): Promise<void> {
  await pause(ms);
  while (document.hidden) {
    await new Promise((resolve) =>
      document.addEventListener('visibilitychange', resolve, { once: true }),
    );
  }
}
