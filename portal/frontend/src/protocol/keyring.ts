/**
 * What the account key does, protocol.md 1: wraps the owner's private keys, seals the directory.
 */

import { type Bytes, concat, random, same, u64 } from './bytes';
import * as crypto from './crypto';
import { CannotOpen, Malformed } from './errors';
import { fromJson, type Json, number, toJson } from './json';
import { type AccountKey, generation } from './vault';

const WRAPPED_SIZE = 76;
const IV = 12;

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
  keyring: Keyring,
  kind: typeof OWNER_OPENING | typeof VAULT,
  key: crypto.OpeningKey,
): Promise<WrappedKey> {
  return wrap(keyring, kind, key.id, key.pair.privateKey);
}

async function wrap(
  keyring: Keyring,
  kind: KeyKind,
  kid: Bytes,
  key: CryptoKey,
): Promise<WrappedKey> {
  const iv = random(IV);
  const wrapped = await crypto.wrap(keyring.wrapping, iv, keyringAad(keyring, kind, kid), key);
  return { kind, kid, wrapped: concat(iv, wrapped) };
}

/** OSK, whose public half the directory names; throws CannotOpen, Malformed. */
export async function unwrapSigning(
  keyring: Keyring,
  wrapped: WrappedKey,
  publicKey: Bytes,
): Promise<crypto.SigningKey> {
  const key = await crypto.signingKey(await unwrap(keyring, wrapped, 'Ed25519'), publicKey);
  if (!same(key.id, wrapped.kid)) throw new CannotOpen('another key than the one expected');
  return key;
}

/** OEK or a VK; throws CannotOpen, Malformed. */
export async function unwrapOpening(
  keyring: Keyring,
  wrapped: WrappedKey,
): Promise<crypto.OpeningKey> {
  return crypto.openingKey(await unwrap(keyring, wrapped, 'X25519'));
}

async function unwrap(
  keyring: Keyring,
  wrapped: WrappedKey,
  kind: crypto.PrivateKind,
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
export async function sealDirectory(
  key: DirectoryKey,
  version: number,
  directory: Json,
): Promise<Bytes> {
  const iv = random(IV);
  return concat(
    iv,
    await crypto.aesSeal(key.key, iv, directoryAad(key, version), toJson(directory)),
  );
}

/** Throws CannotOpen, Malformed. */
export async function openDirectory(
  key: DirectoryKey,
  version: number,
  sealed: Bytes,
): Promise<Json> {
  const [iv, rest] = [sealed.subarray(0, IV), sealed.subarray(IV)];
  return fromJson(await crypto.aesOpen(key.key, iv, directoryAad(key, version), rest));
}

function directoryAad(key: DirectoryKey, version: number): Bytes {
  return concat(
    crypto.domain('directory'),
    key.accountId,
    generation(key.akGen),
    u64(number(version)),
  );
}
