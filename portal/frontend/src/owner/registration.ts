/** A new account: its keys are made here, and the portal gets only what is sealed or derived. */

import type { Api } from '../api';
import { type Bytes, hex, random } from '../protocol/bytes';
import { generateOpening, generateSigning } from '../protocol/crypto';
import { b64 } from '../protocol/encoding';
import type { Json } from '../protocol/json';
import * as keyrings from '../protocol/keyring';
import * as vault from '../protocol/vault';
import { keyToJson, slotToJson } from './account';
import { type Directory, directoryToJson } from './directory';
import { checkPassword } from './passwords';

/**
 * Make an account; the recovery code to write down, 8 x 4 characters. Sign in next: the portal
 * answers the same for a known email. Throws Problem (a weak password), Refused.
 */
export async function register(
  api: Api,
  email: string,
  password: string,
  argon2id: vault.Argon2id,
): Promise<string> {
  checkPassword(password, email);
  const [accountSalt, kdf, code] = [random(16), vault.FLOOR, vault.newRecovery()];
  const unlocker = await vault.fromPassword(password, email, { accountSalt, kdf, argon2id });
  const recovery = await vault.fromRecovery(code);
  const key: vault.AccountKey = { accountId: random(16), key: random(32), akGen: 1 };
  const slots = [
    await vault.makeSlot(vault.PASSWORD, unlocker, key),
    await vault.makeSlot(vault.RECOVERY, recovery, key),
  ];
  await api.post('/accounts', {
    email: vault.emailNorm(email),
    account_salt: b64(accountSalt),
    kdf,
    login_verifier: b64(unlocker.verifier),
    recovery_verifier: b64(recovery.verifier),
    slots: slots.map(slotToJson),
    ...(await newKeys(key, await vault.recoveryPublic(code))),
  });
  return vault.recoveryText(code);
}

/** The part of a registration that speaks of keys: OSK, OEK, and directory version 1. */
async function newKeys(key: vault.AccountKey, recoveryKey: Bytes): Promise<Json> {
  const [signing, opening] = [await generateSigning(), await generateOpening()];
  const keyring = await keyrings.keyringOf(key);
  const wrapped = [
    await keyrings.wrapSigning(keyring, signing),
    await keyrings.wrapOpening(keyring, keyrings.OWNER_OPENING, opening),
  ];
  const first: Directory = {
    ownerKey: signing.public,
    recoveryKey,
    kdf: vault.FLOOR,
    portalKeys: [],
    devices: new Map(),
    rest: {},
  };
  const sealed = await keyrings.sealDirectory(
    await keyrings.directoryKeyOf(key),
    1,
    directoryToJson(first),
  );
  return {
    account_id: hex(key.accountId),
    keyring: wrapped.map(keyToJson),
    directory: { version: 1, sealed: b64(sealed) },
    owner_key: b64(signing.public),
    owner_opening_key: b64(opening.public),
    recovery_key: b64(recoveryKey),
  };
}
