/**
 * Passkeys in this browser: made, asked, and, where they have PRF, a way to the account key.
 *
 * What the PRF gives never leaves this module but as keys made from it (protocol.md 2).
 */

import type { Api } from '../api';
import { type Bytes, random, utf8 } from '../protocol/bytes';
import { sha256 } from '../protocol/crypto';
import { b64, binary } from '../protocol/encoding';
import { flag, items, type Json, mapping } from '../protocol/json';
import * as vault from '../protocol/vault';
import { openAccount, parseAccount, type Recovered, slotToJson } from './account';
import { Problem } from './problem';

interface Prf {
  readonly enabled?: boolean;
  readonly results?: { readonly first?: BufferSource };
}

/** Make a passkey and register it; backup codes where it is the first second factor. */
export async function addPasskey(api: Api, { key, proof }: Recovered): Promise<readonly string[]> {
  const start = await api.post('/account/passkeys/start', { login_verifier: b64(proof) });
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(
    start as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  // Already at creation, and never empty: some platforms refuse a bare `prf`.
  const publicKey = { ...options, extensions: await prf() };
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const secret = await secretOf(made);
  const response = made.response as AuthenticatorAttestationResponse;
  const answer = await api.post('/account/passkeys', {
    client_data: bytes(response.clientDataJSON),
    attestation: bytes(response.attestationObject),
    slot: secret && slotToJson(await slotFor(secret, key)),
  });
  return items(answer.backup_codes).map(String);
}

async function slotFor(secret: Bytes, key: vault.AccountKey): Promise<vault.Slot> {
  return vault.makeSlot(vault.PASSKEY, await vault.fromPrf(secret), key);
}

/** Some authenticators evaluate their PRF only when they sign. */
async function secretOf(made: PublicKeyCredential): Promise<Bytes | null> {
  const { enabled } = prfOf(made);
  return firstOf(made) ?? (enabled ? (await evaluated([new Uint8Array(made.rawId)])).secret : null);
}

/** What the portal asked for at sign-in, signed: the body's `passkey`. */
export async function signWith(wanted: unknown): Promise<Json> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    mapping(wanted) as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const signed = await asked(() => navigator.credentials.get({ publicKey }));
  const response = signed.response as AuthenticatorAssertionResponse;
  return {
    credential_id: bytes(signed.rawId),
    client_data: bytes(response.clientDataJSON),
    authenticator_data: bytes(response.authenticatorData),
    signature: bytes(response.signature),
  };
}

/** The credential ids of those of the account's passkeys that can unlock. */
export async function unlockingPasskeys(api: Api): Promise<readonly Bytes[]> {
  const { passkeys } = await api.get('/account/factors');
  return items(passkeys)
    .map(mapping)
    .filter(({ unlocks }) => flag(unlocks))
    .map(({ credential_id }) => binary(credential_id));
}

/** The account key by a passkey; throws Problem. The portal is not asked: the slot decides. */
export async function openWithPasskey(
  api: Api,
  allowed: readonly Bytes[],
): Promise<Omit<Recovered, 'proof'>> {
  const { secret } = await evaluated(allowed); // first: a browser may want a fresh press for it
  const account = parseAccount(await api.get('/account'));
  const unlocker = secret && (await vault.fromPrf(secret));
  const sorry = new Problem('This passkey does not open your account. Use your password.');
  if (!unlocker) throw sorry;
  const key = await openAccount(account, vault.PASSKEY, unlocker).catch(() => {
    throw sorry;
  });
  return { account, key };
}

/** Nobody checks this signature, so the challenge may be our own. */
async function evaluated(allowed: readonly Bytes[]): Promise<{ secret: Bytes | null }> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: random(32),
    allowCredentials: allowed.map((id) => ({ type: 'public-key', id })),
    userVerification: 'required',
    extensions: await prf(),
  };
  return { secret: firstOf(await asked(() => navigator.credentials.get({ publicKey }))) };
}

async function prf(): Promise<AuthenticationExtensionsClientInputs> {
  return { prf: { eval: { first: await sha256(utf8('homeward/v1/prf')) } } };
}

function prfOf(credential: PublicKeyCredential): Prf {
  return (credential.getClientExtensionResults() as { prf?: Prf }).prf ?? {};
}

function firstOf(credential: PublicKeyCredential): Bytes | null {
  const first = prfOf(credential).results?.first;
  if (!first) return null;
  return new Uint8Array(ArrayBuffer.isView(first) ? first.buffer.slice(0) : first) as Bytes;
}

const bytes = (buffer: ArrayBuffer): string => b64(new Uint8Array(buffer));

const SORRY: Readonly<Record<string, string>> = {
  NotAllowedError: 'The passkey was not used: it was canceled, or took too long. Try again.',
  InvalidStateError: 'This passkey is registered already.',
  SecurityError:
    'Passkeys need the portal’s own name in the address bar, not a number. Ask its operator.',
  NotSupportedError: 'This browser or device cannot make the kind of passkey that is needed.',
};

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const got = await ask();
    if (got instanceof PublicKeyCredential) return got;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    throw new Problem(SORRY[name] ?? 'The passkey could not be used. Try again.');
  }
  throw new Problem('The passkey could not be used. Try again.');
}
