/** keys.json and documents.json made again, as hex in the same shape. */

import { argon2id } from '../../../../portal/frontend/src/argon';
import { type Bytes, hex, unhex } from '../../../../portal/frontend/src/protocol/bytes';
import * as crypto from '../../../../portal/frontend/src/protocol/crypto';
import { commitOf, unpad } from '../../../../portal/frontend/src/protocol/disclosure';
import { crockford, uncrockford } from '../../../../portal/frontend/src/protocol/encoding';
import * as envelope from '../../../../portal/frontend/src/protocol/envelope';
import * as orders from '../../../../portal/frontend/src/protocol/orders';
import * as pairing from '../../../../portal/frontend/src/protocol/pairing';
import * as receipt from '../../../../portal/frontend/src/protocol/receipt';
import * as vault from '../../../../portal/frontend/src/protocol/vault';
import { openingKey, pkcs8, type Sample, signingKey } from './keys';

function hexed(unlocker: vault.Unlocker): object {
  const { verifier, kek, commit } = unlocker;
  return { verifier: hex(verifier), kek: hex(kek), commit: hex(commit) };
}

async function password(v: Sample): Promise<object> {
  const seen = { salt: new Uint8Array(), master: new Uint8Array() };
  const watched: vault.Argon2id = async (secret, salt, kdf) => {
    seen.salt = salt;
    return (seen.master = await argon2id(secret, salt, kdf));
  };
  const stretching = {
    accountSalt: unhex(v.account_salt),
    kdf: v.kdf,
    argon2id: watched,
  };
  const unlocker = await vault.fromPassword(v.password, v.email, stretching);
  return {
    email_norm: vault.emailNorm(v.email),
    pw_salt: hex(seen.salt),
    mk: hex(seen.master),
    ...hexed(unlocker),
  };
}

async function recovery(v: Sample): Promise<object> {
  const code = vault.readRecovery(v.text);
  return {
    code: hex(code),
    text: vault.recoveryText(code),
    recovery_public: hex(await vault.recoveryPublic(code)),
    ...hexed(await vault.fromRecovery(code)),
  };
}

async function each(
  names: string[],
  make: (name: string) => Bytes | Promise<Bytes>,
): Promise<object> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, hex(await make(name))])),
  );
}

/** keys.json */
export async function keys(v: Sample, vaultRaw: string): Promise<object> {
  const owner = await signingKey(v.ed25519.seed);
  const secret = unhex(v.hkdf.secret);
  return {
    labels: await each(Object.keys(v.labels), crypto.domain),
    hkdf: {
      derived: await each(Object.keys(v.hkdf.derived), (use) => crypto.hkdf(secret, use, 32)),
    },
    key_id: { kid: hex(await crypto.keyId(unhex(v.key_id.public))) },
    ed25519: { public: hex(owner.public) },
    pkcs8: {
      ed25519: await pkcs8(owner.private),
      x25519: await pkcs8((await openingKey(vaultRaw)).pair.privateKey),
    },
    crockford: {
      text: crockford(unhex(v.crockford.bytes)),
      bytes: hex(uncrockford(v.crockford.text, 15)),
    },
    fingerprint: await pairing.fingerprint(owner.public),
    password: await password(v.password),
    recovery: await recovery(v.recovery),
  };
}

async function paired(v: Sample): Promise<object> {
  const secret = pairing.readSecret(v.code.toLowerCase().replaceAll('-', ' '));
  const offer = await pairing.readOffer(secret, unhex(v.offer), unhex(v.offer_mac));
  return {
    secret: hex(secret),
    rid: hex(await pairing.rid(secret)),
    device_id: hex(offer.deviceId),
    device_key: hex(offer.deviceKey),
    command_key: hex(offer.commandKey),
    orders_mac: hex(await pairing.macOrders(secret, unhex(v.orders))),
  };
}

/** Every document made again from what it says, by the key that signed it, on top of the last. */
async function ordered(v: Sample, deviceId: Bytes): Promise<object> {
  const owner = await signingKey(v.owner_seed);
  const heir = await signingKey(v.new_owner_seed);
  const chain: { raw: string; hash: string }[] = [];
  let held: orders.Orders | null = null;
  for (const { raw } of v.chain) {
    const { will } = await orders.parse(unhex(raw));
    const made: orders.Orders = await orders.make(deviceId, held, will, owner);
    await orders.accept(made, held, deviceId, owner.public);
    chain.push({ raw: hex(made.raw), hash: hex(made.hash) });
    held = made;
  }
  const proof = await crypto.sign(heir, 'owner-change', deviceId, owner.public);
  return { chain, owner_proof: hex(proof) };
}

async function enveloped(v: Sample): Promise<object> {
  const laptop = await signingKey(v.device_seed);
  const [whole, skeleton] = [envelope.parse(unhex(v.wire)), envelope.parse(unhex(v.skeleton_wire))];
  await envelope.verifyHeader(whole, laptop.public);
  await envelope.verifyHeader(skeleton, laptop.public);
  const { salt, plaintext } = unpad(unhex(v.padded));
  return {
    salt: hex(salt),
    plaintext: hex(plaintext),
    commit: hex(await commitOf({ salt, plaintext })),
    chain_hash: hex(await envelope.chainHash(whole)),
    body_matches: await envelope.bodyMatches(whole),
    signed_again: hex(await crypto.sign(laptop, 'envelope', whole.signed)),
  };
}

async function receipted(v: Sample): Promise<object> {
  const said = receipt.parse(unhex(v.raw));
  await receipt.verify(said, unhex(v.portal_public));
  return {
    device_id: hex(said.deviceId),
    seq: said.seq,
    chain_hash: hex(said.chainHash),
    received: said.received,
    sighting_commit: hex(said.sightingCommit),
  };
}

/** documents.json */
export async function documents(v: Sample): Promise<object> {
  return {
    pairing: await paired(v.pairing),
    orders: await ordered(v.orders, unhex(v.pairing.device_id)),
    envelope: await enveloped(v.envelope),
    receipt: await receipted(v.receipt),
  };
}
