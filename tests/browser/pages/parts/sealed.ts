/** sealed.json opened, and fresh documents sealed for Python to open. */

import {
  type Bytes,
  hex,
  random,
  unhex,
  utf8,
} from '../../../../portal/frontend/src/protocol/bytes';
import * as command from '../../../../portal/frontend/src/protocol/command';
import * as crypto from '../../../../portal/frontend/src/protocol/crypto';
import { b64 } from '../../../../portal/frontend/src/protocol/encoding';
import * as envelope from '../../../../portal/frontend/src/protocol/envelope';
import * as keyrings from '../../../../portal/frontend/src/protocol/keyring';
import { mediaKeyFromJson, openMedia } from '../../../../portal/frontend/src/protocol/media';
import { openSighting } from '../../../../portal/frontend/src/protocol/sighting';
import * as vault from '../../../../portal/frontend/src/protocol/vault';
import { openingKey, type Sample } from './keys';

function accountOf(v: Sample): vault.AccountKey {
  return {
    accountId: unhex(v.account_id),
    key: unhex(v.account_key),
    akGen: v.ak_gen,
  };
}

async function openedEnvelope(v: Sample): Promise<object> {
  const found = envelope.parse(unhex(v.wire));
  await envelope.verifyHeader(found, unhex(v.device_public));
  const { plaintext } = await envelope.open(found, await openingKey(v.vault_private));
  const attachments = envelope
    .attachments(found)
    .map(({ sha256, size }) => ({ sha256: hex(sha256), size }));
  return { plaintext: hex(plaintext), attachments };
}

async function openedKeyring(v: Sample, ownerPublic: Bytes): Promise<object> {
  const keyring = await keyrings.keyringOf(accountOf(v));
  const wrapped = {
    kind: v.kind,
    kid: unhex(v.kid),
    wrapped: unhex(v.wrapped),
  };
  const key = await keyrings.unwrapSigning(keyring, wrapped, ownerPublic);
  await crypto.verify(
    ownerPublic,
    'orders',
    await crypto.sign(key, 'orders', utf8('x')),
    utf8('x'),
  );
  return { kid: hex(key.id), extractable: key.private.extractable };
}

export async function openedMedia(v: Sample): Promise<object> {
  const place = { deviceId: unhex(v.device_id), seq: v.seq, index: v.index };
  const listed = { sha256: unhex(v.sha256), size: v.size };
  return {
    plaintext: hex(await openMedia(unhex(v.ciphertext), listed, mediaKeyFromJson(v.key), place)),
  };
}

/** sealed.json, opened */
export async function sealed(v: Sample): Promise<object> {
  const { slot, hpke, sighting, directory } = v;
  const unlocker = await vault.fromRecovery(unhex(slot.code));
  const kept = {
    type: slot.type,
    id: unhex(slot.id),
    akGen: slot.ak_gen,
    sealed: unhex(slot.sealed),
  };
  const directoryKey = await keyrings.directoryKeyOf(accountOf(directory));
  const [chain, commit] = [unhex(sighting.chain_hash), unhex(sighting.commit)];
  const vaultKey = await openingKey(sighting.vault_private);
  return {
    hpke: hex(
      await crypto.open(
        await openingKey(hpke.private),
        'hpke/report',
        utf8('x'),
        unhex(hpke.sealed),
      ),
    ),
    slot: hex((await vault.openSlot(kept, unlocker, unhex(slot.account_id))).key),
    keyring: await openedKeyring(v.keyring, unhex(v.command.signer_public)),
    directory: await keyrings.openDirectory(
      directoryKey,
      directory.version,
      unhex(directory.sealed),
    ),
    envelope: await openedEnvelope(v.envelope),
    sighting: await openSighting(unhex(sighting.sealed), chain, commit, vaultKey),
    media: await openedMedia(v.media),
  };
}

/** Fresh documents for Python to open. */
export async function make(v: Sample): Promise<object> {
  const owner = await crypto.generateSigning();
  const opening = await crypto.generateOpening();
  const account = { accountId: random(16), key: random(32), akGen: 3 };
  const keyring = await keyrings.keyringOf(account);
  const slot = await vault.makeSlot(
    vault.RECOVERY,
    await vault.fromRecovery(unhex(v.code)),
    account,
  );
  const terms = {
    deviceId: unhex(v.device_id),
    counter: 7,
    issued: 1000,
    expires: 2000,
    ordersSerial: 4,
  };
  const content = {
    wish: 'message',
    parameters: { text: 'Zadzwoń — proszę' },
  } as const;
  const made = await command.make(terms, content, unhex(v.command_public), owner);
  const directoryKey = await keyrings.directoryKeyOf(account);
  return {
    owner: b64(owner.public),
    opening: b64(opening.public),
    account_id: hex(account.accountId),
    account_key: b64(account.key),
    slot: { id: hex(slot.id), sealed: b64(slot.sealed) },
    signing_key: b64((await keyrings.wrapSigning(keyring, owner)).wrapped),
    vault_key: b64((await keyrings.wrapOpening(keyring, keyrings.VAULT, opening)).wrapped),
    directory: b64(await keyrings.sealDirectory(directoryKey, 5, { names: ['Łódź'] })),
    command: b64(made.raw),
    command_id: hex(made.id),
  };
}
