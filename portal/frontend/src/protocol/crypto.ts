/**
 * Suite 0x01 of protocol.md 0 on WebCrypto: the only file that calls its primitives.
 *
 * Public keys, signatures and digests cross this module as raw bytes, private keys as CryptoKeys
 * that cannot be exported.
 */

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

import { type Bytes, concat, hex, unhex, utf8 } from './bytes';
import { unb64 } from './encoding';
import { BadSignature, CannotOpen, Malformed } from './errors';

export const SUITE = 1;
export const KEY_SIZE = 32;
export const SIGNATURE_SIZE = 64;
export const SEAL_OVERHEAD = 32 + 16; // enc, and the AEAD's tag

const ENC = 32;
// RFC 8410: PKCS#8 of an Ed25519 key is a fixed prefix and the 32 bytes.
const PKCS8_ED25519 = unhex('302e020100300506032b657004220420');
const HPKE = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
// The y of every Ed25519 point of small order, little-endian and without the sign bit. Under such
// a key signatures fit messages nobody signed, and not every browser refuses them.
const SMALL_ORDER = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** An Ed25519 private key. */
export interface SigningKey {
  readonly private: CryptoKey;
  readonly public: Bytes;
  readonly id: Bytes;
}

/** An X25519 private key. A pair, because Firefox refuses a lone private key. */
export interface OpeningKey {
  readonly pair: CryptoKeyPair;
  readonly public: Bytes;
  readonly id: Bytes;
}

/** D("homeward/v1/<use>"): the label that keeps one document from passing for another. */
export function domain(use: string): Bytes {
  const known = domains.get(use) ?? utf8(`homeward/v1/${use}\0`);
  domains.set(use, known);
  return known;
}

const domains = new Map<string, Bytes>(); // a handful of uses, each asked for with every report

/** H of the concatenation, 32 bytes. */
export async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

/** RFC 2104 with SHA-256, 32 bytes. */
export async function hmacSha256(key: Bytes, message: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
}

/** HKDF-SHA256 (RFC 5869), empty salt, info "homeward/v1/<use>" without the NUL. */
export async function hkdf(secret: Bytes, use: string, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const info = utf8(`homeward/v1/${use}`);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, length * 8));
}

/** kid(pk), 16 bytes (protocol.md 0). */
export function keyId(publicKey: Bytes): Promise<Bytes> {
  const known = keyIds.get(publicKey) ?? makeKeyId(publicKey);
  keyIds.set(publicKey, known);
  return known;
}

const keyIds = new WeakMap<Bytes, Promise<Bytes>>(); // one portal signs a year of receipts

async function makeKeyId(publicKey: Bytes): Promise<Bytes> {
  return (await sha256(domain('key-id'), publicKey)).slice(0, 16);
}

/** A new pair whose private half may leave once, wrapped. */
export async function generateSigning(): Promise<SigningKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  return signingKey(pair.privateKey, await raw(pair.publicKey));
}

/** A new pair whose private half may leave once, wrapped. */
export async function generateOpening(): Promise<OpeningKey> {
  const pair = (await crypto.subtle.generateKey('X25519', true, ['deriveBits'])) as CryptoKeyPair;
  return openingKey(pair.privateKey);
}

export async function signingKey(privateKey: CryptoKey, publicKey: Bytes): Promise<SigningKey> {
  return { private: privateKey, public: publicKey, id: await keyId(publicKey) };
}

/** The public half is the private one times the base point (RFC 7748 6.1). */
export async function openingKey(privateKey: CryptoKey): Promise<OpeningKey> {
  const nine = await sealingKey(Uint8Array.of(9, ...new Uint8Array(31)));
  const bits = await crypto.subtle.deriveBits({ name: 'X25519', public: nine }, privateKey, 256);
  const publicKey = new Uint8Array(bits);
  const pair = { privateKey, publicKey: await sealingKey(publicKey) };
  return { pair, public: publicKey, id: await keyId(publicKey) };
}

/** The public half of the Ed25519 key whose RFC 8032 secret is these 32 bytes. */
export async function publicOfSeed(seed: Bytes): Promise<Bytes> {
  const pkcs8 = concat(PKCS8_ED25519, seed);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  return unb64((await crypto.subtle.exportKey('jwk', key)).x);
}

async function raw(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

/** 64 bytes over D(use) and the concatenation. */
export async function sign(
  key: SigningKey,
  use: string,
  ...parts: readonly Bytes[]
): Promise<Bytes> {
  const message = concat(domain(use), ...parts);
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key.private, message));
}

/** Check an Ed25519 signature over D(use) and the concatenation; throws BadSignature. */
export async function verify(
  publicKey: Bytes,
  use: string,
  signature: Bytes,
  ...parts: readonly Bytes[]
): Promise<void> {
  const key = await verifyingKey(publicKey);
  const message = concat(domain(use), ...parts);
  if (!key || !(await crypto.subtle.verify('Ed25519', key, signature, message))) {
    throw new BadSignature(`${use} is not signed by the expected key`);
  }
}

// A year of evidence is signed by one laptop and one portal.
const verifyingKeys = new Map<string, Promise<CryptoKey | null>>();

function verifyingKey(publicKey: Bytes): Promise<CryptoKey | null> {
  const name = hex(publicKey);
  const known = verifyingKeys.get(name) ?? importVerifying(publicKey);
  verifyingKeys.set(name, known);
  return known;
}

async function importVerifying(publicKey: Bytes): Promise<CryptoKey | null> {
  if (publicKey.length !== KEY_SIZE) return null;
  const y = publicKey.slice();
  y[31]! &= 0x7f;
  if (SMALL_ORDER.has(hex(y))) return null;
  return crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']).catch(() => null);
}

function sealingKey(publicKey: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', publicKey, 'X25519', true, []);
}

/** SEAL(pk, D(use) || context, plaintext): enc(32) || ct(len + 16); throws Malformed. */
export async function seal(
  publicKey: Bytes,
  use: string,
  context: Bytes,
  plaintext: Bytes,
): Promise<Bytes> {
  try {
    const info = concat(domain(use), context);
    const sealed = await HPKE.Seal(await sealingKey(publicKey), plaintext, { info });
    return concat(sealed.encapsulatedSecret, sealed.ciphertext);
  } catch {
    throw new Malformed('not an X25519 public key that can be sealed to');
  }
}

/** Undo `seal` with the same use and context; throws CannotOpen. */
export async function open(
  key: OpeningKey,
  use: string,
  context: Bytes,
  sealed: Bytes,
): Promise<Bytes> {
  if (sealed.length < SEAL_OVERHEAD) throw new CannotOpen('sealed bytes are too short');
  try {
    const info = concat(domain(use), context);
    const opened = await HPKE.Open(key.pair, sealed.subarray(0, ENC), sealed.subarray(ENC), {
      info,
    });
    return opened as Bytes;
  } catch {
    throw new CannotOpen('sealed to another key or context, or changed since');
  }
}

/** 32 bytes as an AES-256-GCM key that cannot be read back. */
export function aesKey(secret: Bytes, ...usages: KeyUsage[]): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', secret, 'AES-GCM', false, usages);
}

/** AES-256-GCM with a 12-byte IV: ciphertext || tag(16). */
export async function aesSeal(
  key: CryptoKey,
  iv: Bytes,
  additionalData: Bytes,
  plaintext: Bytes,
): Promise<Bytes> {
  const how = { name: 'AES-GCM', iv, additionalData };
  return new Uint8Array(await crypto.subtle.encrypt(how, key, plaintext));
}

/** Undo `aesSeal`; throws CannotOpen. */
export async function aesOpen(
  key: CryptoKey,
  iv: Bytes,
  additionalData: Bytes,
  sealed: Bytes,
): Promise<Bytes> {
  try {
    const how = { name: 'AES-GCM', iv, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(how, key, sealed));
  } catch {
    throw new CannotOpen('wrong key, or changed since');
  }
}

export type PrivateKind = 'Ed25519' | 'X25519';

/** A private key as PKCS#8 under AES-256-GCM, 64 bytes. */
export async function wrap(
  wrapping: CryptoKey,
  iv: Bytes,
  additionalData: Bytes,
  key: CryptoKey,
): Promise<Bytes> {
  const how = { name: 'AES-GCM', iv, additionalData };
  return new Uint8Array(await crypto.subtle.wrapKey('pkcs8', key, wrapping, how));
}

/**
 * Undo `wrap`; throws CannotOpen. The raw key never reaches JavaScript, and the key that comes out
 * cannot be exported.
 */
export async function unwrap(
  wrapping: CryptoKey,
  iv: Bytes,
  additionalData: Bytes,
  sealed: Bytes,
  kind: PrivateKind,
): Promise<CryptoKey> {
  const how = { name: 'AES-GCM', iv, additionalData };
  const usages: KeyUsage[] = kind === 'Ed25519' ? ['sign'] : ['deriveBits'];
  try {
    return await crypto.subtle.unwrapKey('pkcs8', sealed, wrapping, how, kind, false, usages);
  } catch {
    throw new CannotOpen('wrong key, or changed since');
  }
}
