/** What the portal has signed: receipts beside the rows, receipts a laptop quotes, sightings. */

import { type Bytes, hex, same } from '../protocol/bytes';
import type { OpeningKey } from '../protocol/crypto';
import { unb64 } from '../protocol/encoding';
import { BadSignature, Malformed, ProtocolError } from '../protocol/errors';
import type { Record } from '../protocol/readings';
import { parse, type Receipt, verify } from '../protocol/receipt';
import { openSighting, type Sighting } from '../protocol/sighting';
import { contradicts, type Row, type Shown } from './chain';
import { type Code, type Finding, found } from './findings';

/** Receipt keys by key id in hex. */
export type PortalKeys = ReadonlyMap<string, Bytes>;

/** The receipts that hold, by the report they stand with; names what they leave uncovered. */
export async function checkBeside(
  rows: readonly Row[],
  keys: PortalKeys,
  findings: Finding[],
): Promise<ReadonlyMap<number, Receipt>> {
  const held = new Map<number, Receipt>();
  let last = -1;
  for (const row of rows) {
    if (!row.receipt) continue;
    const problem = await problemWith(row.receipt, row, keys);
    if (problem) findings.push(problem);
    else held.set((last = row.seq), row.receipt);
  }
  const bare = rows.filter((row) => row.seq > last);
  if (bare.length) {
    const [first, end] = [bare[0]!.seq, bare.at(-1)!.seq];
    findings.push(found('no-receipt', first, { first, last: end }));
  }
  return held;
}

async function problemWith(signed: Receipt, row: Row, keys: PortalKeys): Promise<Finding | null> {
  const refusal = await refusalOf(signed, row.envelope.header.deviceId, keys);
  if (refusal) return found(refusal, row.seq);
  if (signed.seq === row.seq && same(signed.chainHash, row.hash)) return null;
  return found('receipt-contradiction', row.seq, { about: signed.seq });
}

async function refusalOf(signed: Receipt, deviceId: Bytes, keys: PortalKeys): Promise<Code | null> {
  const key = keys.get(hex(signed.signer));
  if (!key) return 'unknown-portal-key';
  try {
    await verify(signed, key);
  } catch (error) {
    if (error instanceof BadSignature) return 'bad-receipt';
    throw error;
  }
  return same(signed.deviceId, deviceId) ? null : 'bad-receipt';
}

/** For each row the receipt of the check-in that brought it: the first at or after it. */
export function covering(
  rows: readonly Row[],
  held: ReadonlyMap<number, Receipt>,
): ReadonlyMap<number, Receipt> {
  const covered = new Map<number, Receipt>();
  let following: Receipt | undefined;
  for (const { seq } of rows.toReversed()) {
    following = held.get(seq) ?? following;
    if (following) covered.set(seq, following);
  }
  return covered;
}

/** A record quotes the last receipt its laptop had; what is shown now must agree. */
export async function checkQuoted(
  record: Record,
  row: Row,
  chain: Shown,
  keys: PortalKeys,
): Promise<Finding | null> {
  const quoted = record.said.receipt ?? null;
  if (quoted === null) return null;
  let signed: Receipt;
  try {
    signed = parse(unb64(quoted));
  } catch (error) {
    if (error instanceof ProtocolError) return found('bad-receipt', row.seq);
    throw error;
  }
  const refusal = await refusalOf(signed, row.envelope.header.deviceId, keys);
  if (refusal) return found(refusal, row.seq);
  if (signed.seq < row.seq && !contradicts(chain, signed)) return null;
  return found('receipt-contradiction', row.seq, { about: signed.seq });
}

/** What the portal saw of the check-in that this row ended. */
export async function openBeside(
  row: Row,
  held: Receipt | null,
  keys: readonly OpeningKey[],
  findings: Finding[],
): Promise<Sighting | null> {
  if (!held || (!row.sighting && held.sightingCommit.every((byte) => byte === 0))) return null;
  if (!row.sighting) {
    findings.push(found('missing-sighting', row.seq));
    return null;
  }
  for (const key of keys) {
    try {
      return await openSighting(row.sighting, row.hash, held.sightingCommit, key);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error instanceof Malformed) break;
    }
  }
  findings.push(found('sighting-mismatch', row.seq));
  return null;
}
