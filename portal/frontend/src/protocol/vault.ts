/**
 * The owner's keys, protocol.md 1 and 2: passwords and codes to slots, slots to the account key,
 * the account key to keyring and directory.
 */

import { type Bytes, concat, random, same, u32, u64, utf8 } from './bytes';
import * as crypto from './crypto';
import { crockford, uncrockford } from './encoding';
import { CannotOpen, Malformed, WeakKdf } from './errors';
import { fromJson, type Json, number, toJson } from './json';

const SLOT_SIZE = 92;
const WRAPPED_SIZE = 76;
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
  return email.trim().normalize('NFC').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
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
  password: string, email: string, stretching: Stretching,
): Promise<Unlocker> {
  checkKdf(stretching.kdf);
  const norm = utf8(emailNorm(email));
  const salted = await crypto.sha256(
    crypto.domain('pw-salt'), norm, Uint8Array.of(0), stretching.accountSalt,
  );
  const secret = utf8(password.normalize('NFKC'));
  const master = await stretching.argon2id(secret, salted.slice(0, 16), stretching.kdf);
  return unlocker(master, 'login', 'kek/password');
}

/** The same from RC's 20 bytes, which need no stretching. */
export function fromRecovery(code: Bytes): Promise<Unlocker> {
  return unlocker(code, 'login/recovery', 'kek/recovery');
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
export async function makeSlot(type: SlotType, unlocker: Unlocker, account: AccountKey): Promise<Slot> {
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
export async function openSlot(slot: Slot, unlocker: Unlocker, accountId: Bytes): Promise<AccountKey> {
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
function generation(akGen: number): Bytes {
  return u32(number(akGen, 0, 2 ** 32 - 1));
}

export const OWNER_SIGNING = 1; // OSK
export const OWNER_OPENING = 2; // OEK
export const VAULT = 3; // VK, one for each device and epoch
export type KeyKind = typeof OWNER_SIGNING | typeof OWNER_OPENING | typeof VAULT;

/** A private key in the keyring: iv(12) || 64 bytes, bound to its kind and kid. */
export interface WrappedKey {
  readonly kind: KeyKind;
  readonly kid: Bytes;
  readonly wrapped: Bytes;
}

/** The account key at work on the keyring; cannot be read back. */
export interface Keyring {
  readonly accountId: Bytes;
  readonly akGen: number;
  readonly wrapping: CryptoKey;
}

export async function keyringOf(account: AccountKey): Promise<Keyring> {
  const secret = await crypto.hkdf(account.key, 'keyring', 32);
  const wrapping = await crypto.aesKey(secret, 'wrapKey', 'unwrapKey');
  return { accountId: account.accountId, akGen: account.akGen, wrapping };
}

export async function wrapSigning(keyring: Keyring, key: crypto.SigningKey): Promise<WrappedKey> {
  return wrap(keyring, OWNER_SIGNING, key.id, key.private);
}

export async function wrapOpening(
  keyring: Keyring, kind: typeof OWNER_OPENING | typeof VAULT, key: crypto.OpeningKey,
): Promise<WrappedKey> {
  return wrap(keyring, kind, key.id, key.pair.privateKey);
}

async function wrap(keyring: Keyring, kind: KeyKind, kid: Bytes, key: CryptoKey): Promise<WrappedKey> {
  const iv = random(IV);
  const wrapped = await crypto.wrap(keyring.wrapping, iv, keyringAad(keyring, kind, kid), key);
  return { kind, kid, wrapped: concat(iv, wrapped) };
}

/** OSK, whose public half the directory names; throws CannotOpen, Malformed. */
export async function unwrapSigning(
  keyring: Keyring, wrapped: WrappedKey, publicKey: Bytes,
): Promise<crypto.SigningKey> {
  const key = await crypto.signingKey(await unwrap(keyring, wrapped, 'Ed25519'), publicKey);
  if (!same(key.id, wrapped.kid)) throw new CannotOpen('another key than the one expected');
  return key;
}

/** OEK or a VK; throws CannotOpen, Malformed. */
export async function unwrapOpening(keyring: Keyring, wrapped: WrappedKey): Promise<crypto.OpeningKey> {
  return crypto.openingKey(await unwrap(keyring, wrapped, 'X25519'));
}

async function unwrap(
  keyring: Keyring, wrapped: WrappedKey, kind: crypto.PrivateKind,
): Promise<CryptoKey> {
  const sealed = wrapped.wrapped;
  if (sealed.length !== WRAPPED_SIZE) {
    throw new Malformed(`a wrapped key has ${WRAPPED_SIZE} bytes`);
  }
  const aad = keyringAad(keyring, wrapped.kind, wrapped.kid);
  return crypto.unwrap(keyring.wrapping, sealed.subarray(0, IV), aad, sealed.subarray(IV), kind);
}

function keyringAad(keyring: Keyring, kind: KeyKind, kid: Bytes): Bytes {
  const { accountId, akGen } = keyring;
  return concat(crypto.domain('keyring'), accountId, generation(akGen), Uint8Array.of(kind), kid);
}

/** Opens the directory and nothing else, so that a reading session need not hold AK. */
export interface DirectoryKey {
  readonly accountId: Bytes;
  readonly akGen: number;
  readonly key: CryptoKey;
}

export async function directoryKeyOf(account: AccountKey): Promise<DirectoryKey> {
  const secret = await crypto.hkdf(account.key, 'directory', 32);
  const key = await crypto.aesKey(secret, 'encrypt', 'decrypt');
  return { accountId: account.accountId, akGen: account.akGen, key };
}

/** iv(12) || AES-256-GCM, bound to its version so that an old one cannot pass for new. */
export async function sealDirectory(key: DirectoryKey, version: number, directory: Json): Promise<Bytes> {
  const iv = random(IV);
  return concat(iv, await crypto.aesSeal(key.key, iv, directoryAad(key, version), toJson(directory)));
}

/** Throws CannotOpen, Malformed. */
export async function openDirectory(key: DirectoryKey, version: number, sealed: Bytes): Promise<Json> {
  const [iv, rest] = [sealed.subarray(0, IV), sealed.subarray(IV)];
  return fromJson(await crypto.aesOpen(key.key, iv, directoryAad(key, version), rest));
}

function directoryAad(key: DirectoryKey, version: number): Bytes {
  return concat(crypto.domain('directory'), key.accountId, generation(key.akGen), u64(number(version)));
}
