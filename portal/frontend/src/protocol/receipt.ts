/** Receipts (portal -> laptop and owner), protocol.md 7: 184 bytes the portal cannot take back. */

import { type Bytes, Reader, same, utf8 } from './bytes';
import * as crypto from './crypto';
import { Malformed, UnknownSigner, UnknownSuite } from './errors';

const MAGIC = utf8('HWR1');
const HEADER = 120;
const SIZE = HEADER + crypto.SIGNATURE_SIZE;

/** All of this device up to `seq`, whose chain hash this is, was stored at `received` (ms). */
export interface Receipt {
  readonly deviceId: Bytes;
  readonly seq: number;
  readonly chainHash: Bytes;
  readonly received: number;
  readonly sightingCommit: Bytes;
  readonly signer: Bytes;
  readonly raw: Bytes;
}

/** Read one receipt; throws Malformed, UnknownSuite. Verifies nothing. */
export function parse(raw: Bytes): Receipt {
  if (raw.length !== SIZE) throw new Malformed(`a receipt has ${SIZE} bytes`);
  const reader = new Reader(raw);
  const magic = reader.take(4);
  const suite = reader.u8();
  if (!same(magic, MAGIC) || reader.take(3).some(Boolean)) throw new Malformed('not a receipt');
  if (suite !== crypto.SUITE) throw new UnknownSuite(`suite ${suite} is not spoken here`);
  const [deviceId, seq, chainHash] = [reader.take(16), reader.u64(), reader.take(32)];
  const [received, sightingCommit, signer] = [reader.u64(), reader.take(32), reader.take(16)];
  return { deviceId, seq, chainHash, received, sightingCommit, signer, raw };
}

/** Throws UnknownSigner when another portal key signed, BadSignature. */
export async function verify(receipt: Receipt, portalKey: Bytes): Promise<void> {
  if (!same(receipt.signer, await crypto.keyId(portalKey))) {
    throw new UnknownSigner('a receipt of a portal key that is not known');
  }
  const { raw } = receipt;
  await crypto.verify(portalKey, 'receipt', raw.subarray(HEADER), raw.subarray(0, HEADER));
}
