/** The browser's answers to tests/vectors: what it makes of them, as hex in the same shape. */

import { argon2id } from '../../../portal/frontend/src/argon';
import { b64, binary, crockford, uncrockford } from '../../../portal/frontend/src/protocol/encoding';
import { type Bytes, hex, random, unhex, utf8 } from '../../../portal/frontend/src/protocol/bytes';
import * as command from '../../../portal/frontend/src/protocol/command';
import * as crypto from '../../../portal/frontend/src/protocol/crypto';
import { commitOf, unpad } from '../../../portal/frontend/src/protocol/disclosure';
import * as envelope from '../../../portal/frontend/src/protocol/envelope';
import { ProtocolError } from '../../../portal/frontend/src/protocol/errors';
import { fromJson } from '../../../portal/frontend/src/protocol/json';
import { mediaKeyFromJson, openMedia } from '../../../portal/frontend/src/protocol/media';
import * as orders from '../../../portal/frontend/src/protocol/orders';
import * as pairing from '../../../portal/frontend/src/protocol/pairing';
import * as receipt from '../../../portal/frontend/src/protocol/receipt';
import { openSighting } from '../../../portal/frontend/src/protocol/sighting';
import * as vault from '../../../portal/frontend/src/protocol/vault';

// The vectors are JSON of our own; their shape is what the test is about.
type Sample = any;

const { subtle } = globalThis.crypto;
const PKCS8 = { Ed25519: '302e020100300506032b657004220420', X25519: '302e020100300506032b656e04220420' };

function importSeed(kind: 'Ed25519' | 'X25519', seed: string): Promise<CryptoKey> {
  const usages: KeyUsage[] = kind === 'Ed25519' ? ['sign'] : ['deriveBits'];
  return subtle.importKey('pkcs8', unhex(PKCS8[kind] + seed), kind, true, usages);
}

async function signingKey(seed: string): Promise<crypto.SigningKey> {
  return crypto.signingKey(await importSeed('Ed25519', seed), await crypto.publicOfSeed(unhex(seed)));
}

async function openingKey(raw: string): Promise<crypto.OpeningKey> {
  return crypto.openingKey(await importSeed('X25519', raw));
}

async function pkcs8(key: CryptoKey): Promise<string> {
  return hex(new Uint8Array(await subtle.exportKey('pkcs8', key)));
}

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
  const stretching = { accountSalt: unhex(v.account_salt), kdf: v.kdf, argon2id: watched };
  const unlocker = await vault.fromPassword(v.password, v.email, stretching);
  return {
    email_norm: vault.emailNorm(v.email), pw_salt: hex(seen.salt), mk: hex(seen.master),
    ...hexed(unlocker),
  };
}

async function recovery(v: Sample): Promise<object> {
  const code = vault.readRecovery(v.text);
  return {
    code: hex(code), text: vault.recoveryText(code),
    recovery_public: hex(await vault.recoveryPublic(code)),
    ...hexed(await vault.fromRecovery(code)),
  };
}

async function each(names: string[], make: (name: string) => Bytes | Promise<Bytes>): Promise<object> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, hex(await make(name))])));
}

/** keys.json */
async function keys(v: Sample, vaultRaw: string): Promise<object> {
  const owner = await signingKey(v.ed25519.seed);
  const secret = unhex(v.hkdf.secret);
  return {
    labels: await each(Object.keys(v.labels), crypto.domain),
    hkdf: { derived: await each(Object.keys(v.hkdf.derived), (use) => crypto.hkdf(secret, use, 32)) },
    key_id: { kid: hex(await crypto.keyId(unhex(v.key_id.public))) },
    ed25519: { public: hex(owner.public) },
    pkcs8: {
      ed25519: await pkcs8(owner.private),
      x25519: await pkcs8((await openingKey(vaultRaw)).pair.privateKey),
    },
    crockford: {
      text: crockford(unhex(v.crockford.bytes)), bytes: hex(uncrockford(v.crockford.text, 15)),
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
    secret: hex(secret), rid: hex(await pairing.rid(secret)), device_id: hex(offer.deviceId),
    device_key: hex(offer.deviceKey), command_key: hex(offer.commandKey),
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
    salt: hex(salt), plaintext: hex(plaintext), commit: hex(await commitOf({ salt, plaintext })),
    chain_hash: hex(await envelope.chainHash(whole)), body_matches: await envelope.bodyMatches(whole),
    signed_again: hex(await crypto.sign(laptop, 'envelope', whole.signed)),
  };
}

async function receipted(v: Sample): Promise<object> {
  const said = receipt.parse(unhex(v.raw));
  await receipt.verify(said, unhex(v.portal_public));
  return {
    device_id: hex(said.deviceId), seq: said.seq, chain_hash: hex(said.chainHash),
    received: said.received, sighting_commit: hex(said.sightingCommit),
  };
}

/** documents.json */
async function documents(v: Sample): Promise<object> {
  return {
    pairing: await paired(v.pairing),
    orders: await ordered(v.orders, unhex(v.pairing.device_id)),
    envelope: await enveloped(v.envelope),
    receipt: await receipted(v.receipt),
  };
}

function accountOf(v: Sample): vault.AccountKey {
  return { accountId: unhex(v.account_id), key: unhex(v.account_key), akGen: v.ak_gen };
}

async function openedEnvelope(v: Sample): Promise<object> {
  const found = envelope.parse(unhex(v.wire));
  await envelope.verifyHeader(found, unhex(v.device_public));
  const { plaintext } = await envelope.open(found, await openingKey(v.vault_private));
  const attachments = envelope.attachments(found).map(({ sha256, size }) => ({ sha256: hex(sha256), size }));
  return { plaintext: hex(plaintext), attachments };
}

async function openedKeyring(v: Sample, ownerPublic: Bytes): Promise<object> {
  const keyring = await vault.keyringOf(accountOf(v));
  const wrapped = { kind: v.kind, kid: unhex(v.kid), wrapped: unhex(v.wrapped) };
  const key = await vault.unwrapSigning(keyring, wrapped, ownerPublic);
  await crypto.verify(ownerPublic, 'orders', await crypto.sign(key, 'orders', utf8('x')), utf8('x'));
  return { kid: hex(key.id), extractable: key.private.extractable };
}

async function openedMedia(v: Sample): Promise<object> {
  const place = { deviceId: unhex(v.device_id), seq: v.seq, index: v.index };
  const listed = { sha256: unhex(v.sha256), size: v.size };
  return { plaintext: hex(await openMedia(unhex(v.ciphertext), listed, mediaKeyFromJson(v.key), place)) };
}

/** sealed.json, opened */
async function sealed(v: Sample): Promise<object> {
  const { slot, hpke, sighting, directory } = v;
  const unlocker = await vault.fromRecovery(unhex(slot.code));
  const kept = { type: slot.type, id: unhex(slot.id), akGen: slot.ak_gen, sealed: unhex(slot.sealed) };
  const directoryKey = await vault.directoryKeyOf(accountOf(directory));
  const [chain, commit] = [unhex(sighting.chain_hash), unhex(sighting.commit)];
  const vaultKey = await openingKey(sighting.vault_private);
  return {
    hpke: hex(await crypto.open(await openingKey(hpke.private), 'hpke/report', utf8('x'), unhex(hpke.sealed))),
    slot: hex((await vault.openSlot(kept, unlocker, unhex(slot.account_id))).key),
    keyring: await openedKeyring(v.keyring, unhex(v.command.signer_public)),
    directory: await vault.openDirectory(directoryKey, directory.version, unhex(directory.sealed)),
    envelope: await openedEnvelope(v.envelope),
    sighting: await openSighting(unhex(sighting.sealed), chain, commit, vaultKey),
    media: await openedMedia(v.media),
  };
}

/** Fresh documents for Python to open. */
async function make(v: Sample): Promise<object> {
  const owner = await crypto.generateSigning();
  const opening = await crypto.generateOpening();
  const account = { accountId: random(16), key: random(32), akGen: 3 };
  const keyring = await vault.keyringOf(account);
  const slot = await vault.makeSlot(vault.RECOVERY, await vault.fromRecovery(unhex(v.code)), account);
  const terms = { deviceId: unhex(v.device_id), counter: 7, issued: 1000, expires: 2000, ordersSerial: 4 };
  const content = { wish: 'message', parameters: { text: 'Zadzwoń — proszę' } } as const;
  const made = await command.make(terms, content, unhex(v.command_public), owner);
  const directoryKey = await vault.directoryKeyOf(account);
  return {
    owner: b64(owner.public), opening: b64(opening.public), account_id: hex(account.accountId),
    account_key: b64(account.key), slot: { id: hex(slot.id), sealed: b64(slot.sealed) },
    signing_key: b64((await vault.wrapSigning(keyring, owner)).wrapped),
    vault_key: b64((await vault.wrapOpening(keyring, vault.VAULT, opening)).wrapped),
    directory: b64(await vault.sealDirectory(directoryKey, 5, { names: ['Łódź'] })),
    command: b64(made.raw), command_id: hex(made.id),
  };
}

async function refusal(attempt: () => unknown): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : String(error);
  }
}

/** The refusal of each single-bit flip, or null where one passed. */
async function flips(raw: string, check: (data: Bytes) => Promise<unknown>): Promise<(string | null)[]> {
  const data = unhex(raw);
  return Promise.all(
    Array.from({ length: data.length * 8 }, (_, bit) => {
      const flipped = data.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return refusal(() => check(flipped));
    }),
  );
}

async function flippedEnvelope(wire: string, device: string): Promise<(string | null)[]> {
  return flips(wire, async (data) => {
    const found = envelope.parse(data);
    await envelope.verifyHeader(found, unhex(device));
    if (!(await envelope.bodyMatches(found))) throw new ProtocolError();
  });
}

async function flippedOrders(raw: string, device: string, owner: string): Promise<(string | null)[]> {
  return flips(raw, async (data) => orders.accept(await orders.parse(data), null, unhex(device), unhex(owner)));
}

async function flippedMedia(v: Sample): Promise<(string | null)[]> {
  const place = { deviceId: unhex(v.device_id), seq: v.seq, index: v.index };
  return flips(v.ciphertext, async (data) => {
    // Listed as it arrives, so that nothing but the stream itself can notice.
    const listed = { sha256: await crypto.sha256(data), size: data.length };
    await openMedia(data, listed, mediaKeyFromJson(v.key), place);
  });
}

Object.assign(globalThis, {
  vectors: {
    keys, documents, sealed, make, openedMedia, flippedEnvelope, flippedOrders, flippedMedia,
    json: (text: string) => refusal(() => fromJson(binary(text))),
    base64: (text: string) => refusal(() => binary(text)),
    offer: (secret: string, raw: string, mac: string) =>
      refusal(() => pairing.readOffer(unhex(secret), unhex(raw), unhex(mac))),
    verify: (key: string) => refusal(() => crypto.verify(unhex(key), 'orders', random(64))),
    kdf: (kdf: vault.Kdf, least: vault.Kdf) => refusal(() => vault.checkKdf(kdf, least)),
  },
});
document.documentElement.dataset.ready = '';
