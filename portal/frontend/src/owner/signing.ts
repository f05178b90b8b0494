/** The signing key for the length of one order: asked for, unwrapped, used, dropped. */

import { type Bytes, hex } from '../protocol/bytes';
import { keyId, type SigningKey } from '../protocol/crypto';
import { ProtocolError } from '../protocol/errors';
import { type Keyring, keyringOf, OWNER_SIGNING, unwrapSigning } from '../protocol/keyring';
import {
  type AccountKey,
  type Argon2id,
  checkKdf,
  fromPassword,
  PASSWORD,
} from '../protocol/vault';
import { type Account, lockOf, openAccount } from './account';
import type { Desk } from './desk';
import type { Directory } from './directory';
import { openWithPasskey } from './passkeys';
import { Problem } from './problem';

const NOT_YOURS =
  'The portal’s copy of your signing key is missing or another’s. Nothing was signed. Ask its ' +
  'operator.';

/** The keyring and OSK. Lives inside one action and is never written anywhere. */
export interface Unlocked {
  readonly keyring: Keyring;
  readonly owner: SigningKey;
}

/**
 * With the password once more; throws Problem, WeakKdf.
 *
 * Nothing derived from it leaves this browser here: the slot itself says whether it was right.
 */
export async function unlock(desk: Desk, password: string, argon2id: Argon2id): Promise<Unlocked> {
  const account = await desk.account();
  if (lockOf(account) !== desk.session.seen.lock) {
    throw new Problem(
      'The portal handed over another locked key than when you signed in: it is damaged, or ' +
        'another account’s. Nothing was signed. Ask its operator.',
    );
  }
  const directory = await desk.open(account);
  checkKdf(account.kdf, directory.kdf);
  const stretching = { accountSalt: account.salt, kdf: account.kdf, argon2id };
  const unlocker = await fromPassword(password, desk.session.email, stretching);
  const key = await openAccount(account, PASSWORD, unlocker).catch(() => {
    throw new Problem('This is not your password. Nothing was signed; try again.');
  });
  return unlockedBy(key, account, directory);
}

/** With one of these passkeys; throws Problem. */
export async function unlockWithPasskey(desk: Desk, passkeys: readonly Bytes[]): Promise<Unlocked> {
  const { account, key } = await openWithPasskey(desk.api, passkeys);
  return unlockedBy(key, account, await desk.open(account));
}

/** With the account key at hand; throws Problem. */
export async function unlockedBy(
  key: AccountKey,
  account: Account,
  directory: Directory,
): Promise<Unlocked> {
  const keyring = await keyringOf(key);
  const kid = hex(await keyId(directory.ownerKey));
  const wrapped = account.keyring.find((one) => one.kind === OWNER_SIGNING && hex(one.kid) === kid);
  if (!wrapped) throw new Problem(NOT_YOURS);
  try {
    return { keyring, owner: await unwrapSigning(keyring, wrapped, directory.ownerKey) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Problem(NOT_YOURS);
  }
}
