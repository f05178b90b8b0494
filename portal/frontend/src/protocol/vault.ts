/**
 * The way to the account key, protocol.md 1 and 2: passwords and codes to slots, slots to AK. What
 * AK then does stands in keyring.ts.
 */

import { type Bytes, concat, random, same, u32, utf8 } from './bytes';
import * as crypto from './crypto';
import { crockford, uncrockford } from './encoding';
import { CannotOpen, Malformed, WeakKdf } from './errors';
import { number } from './json';

const SLOT_SIZE = 92;
const RECOVERY_SIZE = 20;
const IV = 12;
const MOST_MEMORY_KIB = 1024 * 1024;
const MOST_PASSES = 10;

/** Argon2id costs: memory in KiB, passes, lanes. */
export interface Kdf {
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

export const FLOOR: Kdf = { m: 65_536, t: 3, p: 1 };

/** RFC 9106 Argon2id v1.3, one lane, 32 bytes; handed in because it runs in a worker. */
export type Argon2id = (password: Bytes, salt: Bytes, kdf: Kdf) => Promise<Bytes>;

/** Refuse a portal that asks for weaker or absurd hashing; throws WeakKdf. */
export function checkKdf(kdf: Kdf, least: Kdf = FLOOR): void {
  if (![kdf.m, kdf.t, kdf.p].every(Number.isSafeInteger)) {
    throw new WeakKdf("the portal's costs of password hashing are not numbers");
  }
  if (kdf.m < Math.max(FLOOR.m, least.m) || kdf.t < Math.max(FLOOR.t, least.t) || kdf.p !== 1) {
    throw new WeakKdf('the portal asks for weaker password hashing than this account had');
  }
  if (kdf.m > MOST_MEMORY_KIB || kdf.t > MOST_PASSES) {
    throw new WeakKdf('the portal asks for more password hashing than is sensible');
  }
}

/** Trim, NFC, lower-case A-Z and nothing else. */
export function emailNorm(email: string): string {
  return email
    .trim()
    .normalize('NFC')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What one way of unlocking gives: a verifier to sign in, KEK and KC to open a slot. */
export interface Unlocker {
  readonly verifier: Bytes;
  readonly kek: Bytes;
  readonly commit: Bytes;
}

/** What a password is stretched with. */
export interface Stretching {
  readonly accountSalt: Bytes;
  readonly kdf: Kdf;
  readonly argon2id: Argon2id;
}

/** Argon2id to MK, HKDF to the rest (protocol.md 2); throws WeakKdf. */
export async function fromPassword(
  password: string,
  email: string,
  stretching: Stretching,
): Promise<Unlocker> {
  checkKdf(stretching.kdf);
  const norm = utf8(emailNorm(email));
  const salted = await crypto.sha256(
    crypto.domain('pw-salt'),
    norm,
    Uint8Array.of(0),
    stretching.accountSalt,
  );
  const secret = utf8(password.normalize('NFKC'));
  const master = await stretching.argon2id(secret, salted.slice(0, 16), stretching.kdf);
  return unlocker(master, 'login', 'kek/password');
}

/** The same from RC's 20 bytes, which need no stretching. */
export function fromRecovery(code: Bytes): Promise<Unlocker> {
  return unlocker(code, 'login/recovery', 'kek/recovery');
}

/** The same from the 32 bytes of a passkey's PRF. Its verifier proves nothing to anybody. */
export function fromPrf(secret: Bytes): Promise<Unlocker> {
  return unlocker(secret, 'login/passkey', 'kek/passkey');
}

async function unlocker(secret: Bytes, login: string, kek: string): Promise<Unlocker> {
  return {
    verifier: await crypto.hkdf(secret, login, 32),
    kek: await crypto.hkdf(secret, kek, 32),
    commit: await crypto.hkdf(secret, `${kek}/commit`, 32),
  };
}

/** RC: 20 random bytes for paper. */
export function newRecovery(): Bytes {
  return random(RECOVERY_SIZE);
}

/** RC as it is written down: eight groups of four. */
export function recoveryText(code: Bytes): string {
  return crockford(code);
}

/** RC as it was typed; throws Malformed. */
export function readRecovery(typed: string): Bytes {
  return uncrockford(typed, RECOVERY_SIZE);
}

/** RSK's public half; the private one exists only on paper and in this call. */
export async function recoveryPublic(code: Bytes): Promise<Bytes> {
  return crypto.publicOfSeed(await crypto.hkdf(code, 'recovery-key', 32));
}

export const PASSWORD = 1;
export const RECOVERY = 2;
export const PASSKEY = 3;
export type SlotType = typeof PASSWORD | typeof RECOVERY | typeof PASSKEY;

/** One way of unlocking AK: 92 bytes, and the clear facts they are bound to. */
export interface Slot {
  readonly type: SlotType;
  readonly id: Bytes;
  readonly akGen: number;
  readonly sealed: Bytes;
}

/** AK, its account and its generation. */
export interface AccountKey {
  readonly accountId: Bytes;
  readonly key: Bytes;
  readonly akGen: number;
}

/** commit(32) || iv(12) || AES-256-GCM(KEK, iv, aad, AK)(48). */
export async function makeSlot(
  type: SlotType,
  unlocker: Unlocker,
  account: AccountKey,
): Promise<Slot> {
  const [id, iv] = [random(16), random(IV)];
  const kek = await crypto.aesKey(unlocker.kek, 'encrypt');
  const aad = slotAad(account.accountId, type, id, account.akGen);
  const sealed = concat(unlocker.commit, iv, await crypto.aesSeal(kek, iv, aad, account.key));
  return { type, id, akGen: account.akGen, sealed };
}

/**
 * AK; throws Malformed, CannotOpen.
 *
 * The commitment is compared first: GCM alone would let a hostile portal test many passwords with
 * one crafted slot.
 */
export async function openSlot(
  slot: Slot,
  unlocker: Unlocker,
  accountId: Bytes,
): Promise<AccountKey> {
  if (slot.sealed.length !== SLOT_SIZE) throw new Malformed('a slot has 92 bytes');
  if (!same(slot.sealed.subarray(0, 32), unlocker.commit)) {
    throw new CannotOpen('this password or code does not open this slot');
  }
  const kek = await crypto.aesKey(unlocker.kek, 'decrypt');
  const iv = slot.sealed.subarray(32, 32 + IV);
  const aad = slotAad(accountId, slot.type, slot.id, slot.akGen);
  const key = await crypto.aesOpen(kek, iv, aad, slot.sealed.subarray(32 + IV));
  return { accountId, key, akGen: slot.akGen };
}

function slotAad(accountId: Bytes, type: SlotType, id: Bytes, akGen: number): Bytes {
  return concat(crypto.domain('slot'), accountId, Uint8Array.of(type), id, generation(akGen));
}

/** Generations come back from the portal, so they may be anything. */
export function generation(akGen: number): Bytes {
  return u32(number(akGen, 0, 2 ** 32 - 1));
}
