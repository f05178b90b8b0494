/** One row of the portal's answer: an envelope with what the portal put beside it. Only read. */

import type { Bytes } from '../protocol/bytes';
import { unb64 } from '../protocol/encoding';
import * as envelope from '../protocol/envelope';
import { ProtocolError } from '../protocol/errors';
import { mapping } from '../protocol/json';
import * as receipts from '../protocol/receipt';

/**
 * `hash` is the envelope's chain hash; `misread` that something stood where the receipt belongs
 * that is none, which must not cost the report it stands with.
 */
export interface Row {
  readonly seq: number;
  readonly envelope: envelope.Envelope;
  readonly hash: Bytes;
  readonly receipt: receipts.Receipt | null;
  readonly sighting: Bytes | null;
  readonly misread: boolean;
}

/** Null for what is no report at all. */
export async function readRow(raw: unknown): Promise<Row | null> {
  try {
    const item = mapping(raw);
    const parsed = envelope.parse(unb64(item.envelope));
    const hash = await envelope.chainHash(parsed);
    return { seq: parsed.header.seq, envelope: parsed, hash, ...beside(item) };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function beside(item: ReturnType<typeof mapping>): Pick<Row, 'receipt' | 'sighting' | 'misread'> {
  const [signed, seen] = [item.receipt ?? null, item.sighting ?? null];
  try {
    const receipt = signed === null ? null : receipts.parse(unb64(signed));
    return { receipt, sighting: seen === null ? null : unb64(seen), misread: false };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { receipt: null, sighting: null, misread: true };
  }
}
