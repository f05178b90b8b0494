/** What the browser says to documents somebody has changed. */

import { type Bytes, unhex } from '../../../../portal/frontend/src/protocol/bytes';
import * as crypto from '../../../../portal/frontend/src/protocol/crypto';
import * as envelope from '../../../../portal/frontend/src/protocol/envelope';
import { ProtocolError } from '../../../../portal/frontend/src/protocol/errors';
import { mediaKeyFromJson, openMedia } from '../../../../portal/frontend/src/protocol/media';
import * as orders from '../../../../portal/frontend/src/protocol/orders';
import type { Sample } from './keys';

export async function refusal(attempt: () => unknown): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : String(error);
  }
}

/** The refusal of each single-bit flip, or null where one passed. */
async function flips(
  raw: string,
  check: (data: Bytes) => Promise<unknown>,
): Promise<(string | null)[]> {
  const data = unhex(raw);
  return Promise.all(
    Array.from({ length: data.length * 8 }, (_, bit) => {
      const flipped = data.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return refusal(() => check(flipped));
    }),
  );
}

export async function flippedEnvelope(wire: string, device: string): Promise<(string | null)[]> {
  return flips(wire, async (data) => {
    const found = envelope.parse(data);
    await envelope.verifyHeader(found, unhex(device));
    if (!(await envelope.bodyMatches(found))) throw new ProtocolError();
  });
}

export async function flippedOrders(
  raw: string,
  device: string,
  owner: string,
): Promise<(string | null)[]> {
  return flips(raw, async (data) =>
    orders.accept(await orders.parse(data), null, unhex(device), unhex(owner)),
  );
}

export async function flippedMedia(v: Sample): Promise<(string | null)[]> {
  const place = { deviceId: unhex(v.device_id), seq: v.seq, index: v.index };
  return flips(v.ciphertext, async (data) => {
    // Listed as it arrives, so that nothing but the stream itself can notice.
    const listed = { sha256: await crypto.sha256(data), size: data.length };
    await openMedia(data, listed, mediaKeyFromJson(v.key), place);
  });
}
