/** The owner's account: signed in to here, opened here; the portal only keeps what is sealed. */

import { type Api, Refused } from '../api';
import { type Bytes, hex, random, unhex } from '../protocol/bytes';
import { type OpeningKey } from '../protocol/crypto';
import { b64, binary } from '../protocol/encoding';
import { CannotOpen, ProtocolError } from '../protocol/errors';
import { items, type Json, mapping, number, text } from '../protocol/json';
import * as keyrings from '../protocol/keyring';
import * as vault from '../protocol/vault';
import type { Session } from '../session';
import { type Directory, directoryFromJson } from './directory';
import { checkPassword } from './passwords';
import { Problem } from './problem';

const WRONG = 'This email and password do not go together. Check both and try again.';
const EXCHANGED =
  'The portal accepted what you typed, but the locked key it handed over does not open with it: it ' +
  'is damaged, or another account’s. Nothing was opened. Ask the portal’s operator.';
const WRONG_CODE = 'This email and recovery code do not go together. Check both and try again.';

/** What the portal keeps of an account: `A` of docs/api.md. Only sealed parts are believed. */
export interface Account {
  readonly id: Bytes;
  readonly email: string;
  readonly salt: Bytes;
  readonly kdf: vault.Kdf;
  readonly slots: readonly vault.Slot[];
  readonly keyring: readonly keyrings.WrappedKey[];
  readonly directoryVersion: number;
  readonly directorySealed: Bytes;
}

/** Throws Malformed. */
export function parseAccount(value: unknown): Account {
  const data = mapping(value);
  const kept = mapping(data.directory);
  return {
    id: unhex(data.account_id, 16),
    email: text(data.email),
    salt: binary(data.account_salt, 16),
    kdf: parseKdf(mapping(data.kdf)),
    slots: items(data.slots).map(parseSlot),
    keyring: items(data.keyring).map(parseKey),
    directoryVersion: number(kept.version),
    directorySealed: binary(kept.sealed),
  };
}

function parseKdf({ m, t, p }: Json): vault.Kdf {
  return { m: number(m), t: number(t), p: number(p) };
}

function parseSlot(value: unknown): vault.Slot {
  const { type, id, ak_gen, sealed } = mapping(value);
  return {
    type: oneToThree(type),
    id: unhex(id, 16),
    akGen: number(ak_gen),
    sealed: binary(sealed),
  };
}

function parseKey(value: unknown): keyrings.WrappedKey {
  const { kind, kid, wrapped } = mapping(value);
  return { kind: oneToThree(kind), kid: unhex(kid, 16), wrapped: binary(wrapped) };
}

function oneToThree(value: unknown): 1 | 2 | 3 {
  return number(value, 1, 3) as 1 | 2 | 3;
}

export function keyToJson({ kind, kid, wrapped }: keyrings.WrappedKey): Json {
  return { kind, kid: hex(kid), wrapped: b64(wrapped) };
}

export function slotToJson({ type, id, akGen, sealed }: vault.Slot): Json {
  return { type, id: hex(id), ak_gen: akGen, sealed: b64(sealed) };
}

/** The lock that the password opens, to tell it from another that the portal may show later. */
export function lockOf(account: Account): string {
  return account.slots
    .filter(({ type }) => type === vault.PASSWORD)
    .map(({ sealed }) => b64(sealed))
    .join();
}

/** The account key, by any slot of this type; throws Problem. */
export async function openAccount(
  account: Account,
  type: vault.SlotType,
  unlocker: vault.Unlocker,
): Promise<vault.AccountKey> {
  for (const slot of account.slots.filter((one) => one.type === type)) {
    try {
      return await vault.openSlot(slot, unlocker, account.id);
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
    }
  }
  throw new Problem(EXCHANGED);
}

/** Throws Problem where the portal goes behind what was seen, or shows what is not the owner’s. */
export async function openDirectory(
  account: Account,
  key: keyrings.DirectoryKey,
  seenVersion: number,
): Promise<Directory> {
  if (account.directoryVersion < seenVersion) {
    throw new Problem(
      'The portal shows an older version of your directory than this browser has already seen, so ' +
        'what it says about your laptops is not believed. Try again later; if it stays, ask the ' +
        'portal’s operator whether a backup was restored.',
    );
  }
  const { directoryVersion, directorySealed } = account;
  try {
    const opened = await keyrings.openDirectory(key, directoryVersion, directorySealed);
    return await directoryFromJson(opened);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Problem(
      'The portal’s copy of your directory is damaged or another account’s, so what it says about ' +
        'your laptops is not believed. Ask the portal’s operator.',
    );
  }
}

/**
 * Who signs in, how much this browser may keep, and a second factor once one was asked for;
 * `undo` says that a former email is to count again.
 */
export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly shared: boolean;
  readonly second?: Json;
  readonly undo?: boolean;
}

/** Stretches passwords: argon2id of src/argon.ts, handed in. */
type Argon2id = vault.Argon2id;

/** A fresh reading session; throws Problem, Refused, WeakKdf before anything derived is sent. */
export async function signIn(api: Api, who: SignIn, argon2id: Argon2id): Promise<Session> {
  const email = vault.emailNorm(who.email);
  const start = await api.post('/login/start', { email });
  const stretching = {
    accountSalt: binary(start.account_salt, 16),
    kdf: parseKdf(start),
    argon2id,
  };
  const unlocker = await vault.fromPassword(who.password, email, stretching);
  const body = { email, login_verifier: b64(unlocker.verifier), undo: who.undo ?? false };
  const account = await enter(api, '/login', { ...body, ...who.second });
  return sessionOf(account, await openAccount(account, vault.PASSWORD, unlocker), who.shared);
}

/** What a recovery gives: the account key, kept only until a new password is set. */
export interface Recovered {
  readonly account: Account;
  readonly key: vault.AccountKey;
  readonly proof: Bytes;
}

/** Sign in with the code on paper; set a new password next. Throws Problem, Malformed, Refused. */
export async function recover(
  api: Api,
  email: string,
  typed: string,
  second: Json = {},
): Promise<Recovered> {
  const unlocker = await vault.fromRecovery(vault.readRecovery(typed));
  const body = {
    ...second,
    email: vault.emailNorm(email),
    recovery_verifier: b64(unlocker.verifier),
  };
  const account = await enter(api, '/recovery', body, WRONG_CODE);
  return {
    account,
    key: await openAccount(account, vault.RECOVERY, unlocker),
    proof: unlocker.verifier,
  };
}

/** Set a new password after a recovery; other sessions end. Throws Problem, Refused. */
export async function setPassword(
  api: Api,
  { account, key, proof }: Recovered,
  password: string,
  argon2id: Argon2id,
): Promise<Session> {
  checkPassword(password, account.email);
  const [accountSalt, kdf] = [random(16), vault.FLOOR];
  const unlocker = await vault.fromPassword(password, account.email, {
    accountSalt,
    kdf,
    argon2id,
  });
  const slot = await vault.makeSlot(vault.PASSWORD, unlocker, key);
  await api.post('/account/password', {
    login_verifier: b64(proof),
    email: account.email,
    account_salt: b64(accountSalt),
    kdf,
    new_login_verifier: b64(unlocker.verifier),
    slot: slotToJson(slot),
  });
  return sessionOf({ ...account, slots: [slot] }, key, false);
}

async function enter(api: Api, path: string, body: Json, wrong = WRONG): Promise<Account> {
  try {
    return parseAccount((await api.post(path, body)).account);
  } catch (error) {
    if (error instanceof Refused && error.code === 'wrong-credentials') throw new Problem(wrong);
    throw error;
  }
}

/** A reading session of an account whose key is at hand; throws Problem. */
export async function sessionOf(
  account: Account,
  key: vault.AccountKey,
  shared: boolean,
): Promise<Session> {
  const directoryKey = await keyrings.directoryKeyOf(key);
  const directory = await openDirectory(account, directoryKey, 0);
  const seen = {
    directoryVersion: account.directoryVersion,
    kdf: directory.kdf,
    lock: lockOf(account),
  };
  const keys = await openingKeys(account, key);
  return { email: account.email, directoryKey, keys, seen, shared };
}

/** OEK and every VK by key id in hex; throws Problem. */
async function openingKeys(
  account: Account,
  key: vault.AccountKey,
): Promise<Map<string, OpeningKey>> {
  const keyring = await keyrings.keyringOf(key);
  const wrapped = account.keyring.filter(({ kind }) => kind !== keyrings.OWNER_SIGNING);
  try {
    const opened = await Promise.all(wrapped.map((one) => keyrings.unwrapOpening(keyring, one)));
    return new Map(opened.map((one) => [hex(one.id), one]));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Problem('The portal’s copy of your keys was changed or damaged. Ask its operator.');
  }
}
