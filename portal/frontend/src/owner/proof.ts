/** The owner at the keyboard once more: the account key, for one thing she asked for. */

import type { Api } from '../api';
import { b64 } from '../protocol/encoding';
import type { Json } from '../protocol/json';
import { type Argon2id, emailNorm, fromPassword, PASSWORD } from '../protocol/vault';
import type { Session } from '../session';
import { openAccount, parseAccount, type Recovered, setPassword } from './account';
import { Problem } from './problem';

/**
 * With her password. The slot itself says whether it is right, so nothing is derived for the portal
 * to see until she goes on. Throws Problem, WeakKdf.
 */
export async function prove(api: Api, password: string, argon2id: Argon2id): Promise<Recovered> {
  const account = parseAccount(await api.get('/account'));
  const stretching = { accountSalt: account.salt, kdf: account.kdf, argon2id };
  const unlocker = await fromPassword(password, account.email, stretching);
  const key = await openAccount(account, PASSWORD, unlocker).catch(() => {
    throw new Problem('This is not your password. Nothing was changed; try again.');
  });
  return { account, key, proof: unlocker.verifier };
}

/** Another password; all other sessions end. Throws Problem, Refused. */
export async function changePassword(
  api: Api,
  passwords: { readonly held: string; readonly wanted: string },
  argon2id: Argon2id,
): Promise<Session> {
  const proven = await prove(api, passwords.held, argon2id);
  return setPassword(api, proven, passwords.wanted, argon2id);
}

/**
 * Another email. It is part of what the password is stretched with, so verifier and slot are made
 * anew from the same password. Throws Problem, Refused.
 */
export async function changeEmail(
  api: Api,
  email: string,
  password: string,
  argon2id: Argon2id,
): Promise<Session> {
  const proven = await prove(api, password, argon2id);
  const account = { ...proven.account, email: emailNorm(email) };
  return setPassword(api, { ...proven, account }, password, argon2id);
}

/** What the portal takes as proof where it has nothing to open: the body of a step-up. */
export async function stepUpProof(api: Api, password: string, argon2id: Argon2id): Promise<Json> {
  return { login_verifier: b64((await prove(api, password, argon2id)).proof) };
}
