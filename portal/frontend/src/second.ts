/** The second step of signing in: a code, or a passkey where the account has one. */

import { Refused } from './api';
import { byId } from './fill';
import { signWith } from './owner/passkeys';
import type { Json } from './protocol/json';

let byPasskey = false;

/** The form's button “Use a passkey”. */
export function prepareSecond(form: HTMLFormElement): void {
  byId('second-passkey', HTMLButtonElement).addEventListener('click', () => {
    byPasskey = true;
    form.requestSubmit();
  });
}

/**
 * Sign in, with the code where one was typed. The portal asks for a second factor only after a
 * right password; the step appears then. Throws what `signIn` does.
 */
export async function withSecond<T>(signIn: (second: Json) => Promise<T>): Promise<T> {
  const code = byId('second-code', HTMLInputElement);
  const typed = byPasskey ? '' : code.value.trim();
  code.value = '';
  const passkeyMeant = byPasskey;
  byPasskey = false;
  try {
    return await signIn(typed ? { totp: typed } : {});
  } catch (error) {
    if (!isAsked(error)) throw error;
    const wanted = error.more.passkey;
    show(wanted !== undefined);
    if (!passkeyMeant && error.code !== 'passkey-required') throw error;
    return signIn({ passkey: await signWith(wanted) });
  }
}

function isAsked(error: unknown): error is Refused {
  return error instanceof Refused && ['totp-required', 'passkey-required'].includes(error.code);
}

function show(hasPasskey: boolean): void {
  byId('second', HTMLElement).hidden = false;
  byId('second-passkey', HTMLButtonElement).hidden = !hasPasskey;
  byId('second-code', HTMLInputElement).focus();
}
