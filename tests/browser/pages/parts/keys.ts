/** Private keys as the vectors give them: the 32 bytes themselves. */

import { hex, unhex } from '../../../../portal/frontend/src/protocol/bytes';
import * as crypto from '../../../../portal/frontend/src/protocol/crypto';

// The vectors are JSON of our own; their shape is what the test is about.
export type Sample = any;

const { subtle } = globalThis.crypto;
const PKCS8 = {
  Ed25519: '302e020100300506032b657004220420',
  X25519: '302e020100300506032b656e04220420',
};

function importSeed(kind: 'Ed25519' | 'X25519', seed: string): Promise<CryptoKey> {
  const usages: KeyUsage[] = kind === 'Ed25519' ? ['sign'] : ['deriveBits'];
  return subtle.importKey('pkcs8', unhex(PKCS8[kind] + seed), kind, true, usages);
}

export async function signingKey(seed: string): Promise<crypto.SigningKey> {
  return crypto.signingKey(
    await importSeed('Ed25519', seed),
    await crypto.publicOfSeed(unhex(seed)),
  );
}

export async function openingKey(raw: string): Promise<crypto.OpeningKey> {
  return crypto.openingKey(await importSeed('X25519', raw));
}

export async function pkcs8(key: CryptoKey): Promise<string> {
  return hex(new Uint8Array(await subtle.exportKey('pkcs8', key)));
}
