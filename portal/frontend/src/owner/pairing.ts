/** Add a laptop, protocol.md 3: its keys come from the code on its screen, not the portal. */

import { Refused } from '../api';
import { type Bytes, hex } from '../protocol/bytes';
import { generateOpening, type OpeningKey } from '../protocol/crypto';
import { b64, binary } from '../protocol/encoding';
import * as orders from '../protocol/orders';
import * as pairing from '../protocol/pairing';
import { VAULT, wrapOpening } from '../protocol/keyring';
import { AT_HOME } from '../protocol/will';
import { keyToJson } from './account';
import type { Desk } from './desk';
import {
  type Directory,
  parsePortalKeys,
  type Pins,
  type PortalKey,
  withDevice,
  withPortalKeys,
} from './directory';
import { Problem } from './problem';
import type { Unlocked } from './signing';

const LONGEST_NAME = 60;

/** A laptop that waits to be added: its code and its keys. */
export interface Waiting {
  readonly secret: Bytes;
  readonly offer: pairing.Offer;
}

/** The laptop that shows this code; throws Malformed (the code), BadMac, Problem. */
export async function waitingLaptop(desk: Desk, code: string): Promise<Waiting> {
  const secret = pairing.readSecret(code);
  const path = `/pair/${hex(await pairing.rid(secret))}`;
  const { offer, mac } = await desk.api.get(path).catch(notWaiting);
  return { secret, offer: await pairing.readOffer(secret, binary(offer), binary(mac)) };
}

/** It never did, or its ten minutes are over, or another window was quicker. */
function notWaiting(error: unknown): never {
  if (!(error instanceof Refused && error.status === 404)) throw error;
  throw new Problem(
    'No laptop waits under this code. Codes last ten minutes and work once: start again on the ' +
      'laptop.',
  );
}

/** Add it under this name; its id in hex. Throws Problem (the name, a code used meanwhile), Refused. */
export async function pair(
  desk: Desk,
  laptop: Waiting,
  name: string,
  key: Unlocked,
): Promise<string> {
  const directory = await desk.directory();
  const pinnedName = checkName(directory, name);
  const vaultKey = await generateOpening();
  const will: orders.Will = {
    ...AT_HOME,
    t: desk.now(),
    owner: directory.ownerKey,
    recovery: directory.recoveryKey,
    vaultEpoch: 1,
    vaultKey: vaultKey.public,
  };
  const first = await orders.make(laptop.offer.deviceId, null, will, key.owner);
  const pins: Pins = {
    name: pinnedName,
    offer: laptop.offer,
    ordersSerial: first.serial,
    ordersHash: first.hash,
    high: null,
    vaults: new Map([[1, hex(vaultKey.id)]]),
    counter: 0,
    rest: {},
  };
  await upload(desk, { laptop, first, vaultKey, key, pins });
  return hex(laptop.offer.deviceId);
}

interface Addition {
  readonly laptop: Waiting;
  readonly first: orders.Orders;
  readonly vaultKey: OpeningKey;
  readonly key: Unlocked;
  readonly pins: Pins;
}

/**
 * Device, orders, key and pins in one transaction of the portal; anew if another was quicker.
 *
 * The portal's receipt keys are pinned here, before there is anything to hide a receipt of.
 */
async function upload(desk: Desk, { laptop, first, vaultKey, key, pins }: Addition): Promise<void> {
  const wrapped = await wrapOpening(key.keyring, VAULT, vaultKey);
  const portalKeys = await listedKeys(desk);
  const rest = {
    rid: hex(await pairing.rid(laptop.secret)),
    orders: b64(first.raw),
    mac: b64(await pairing.macOrders(laptop.secret, first.raw)),
    keyring: [keyToJson(wrapped)],
  };
  await desk.change(
    (held) => withDevice(withPortalKeys(held, portalKeys), pins),
    (directory) => desk.api.post('/devices', { ...rest, directory }).catch(notWaiting),
  );
  await desk.addKey(vaultKey);
}

async function listedKeys(desk: Desk): Promise<readonly PortalKey[]> {
  return parsePortalKeys((await desk.api.get('/portal-keys')).keys);
}

function checkName(directory: Directory, name: string): string {
  const wanted = name.trim();
  if (!wanted || wanted.length > LONGEST_NAME || /\p{C}/u.test(wanted)) {
    throw new Problem(`A name has 1 to ${LONGEST_NAME} characters. Choose another.`);
  }
  const taken = [...directory.devices.values()].map((pins) => pins.name.toLowerCase());
  if (taken.includes(wanted.toLowerCase())) {
    throw new Problem(`You already have a laptop called “${wanted}”. Choose another name.`);
  }
  return wanted;
}
