/** What the portal has signed: receipts beside reports, receipts a laptop quotes, sightings. */

import { type Bytes, hex, same } from '../protocol/bytes';
import type { Head } from '../protocol/checkin';
import { keyId, type OpeningKey } from '../protocol/crypto';
import { unb64 } from '../protocol/encoding';
import { BadSignature, Malformed, ProtocolError } from '../protocol/errors';
import type { Record } from '../protocol/readings';
import { parse, type Receipt, verify } from '../protocol/receipt';
import { openSighting, type Sighting } from '../protocol/sighting';
import type { Directory } from './directory';
import { type Code, type Finding, found } from './findings';
import type { Row } from './rows';

/** Checks receipts about one laptop by the portal's keys as they were known at pairing. */
export class Receipts {
  // A laptop quotes in one report what stands beside the one before: the same bytes.
  readonly #checked = new Map<string, Promise<Code | null>>();

  private constructor(
    private readonly keys: ReadonlyMap<string, Bytes>,
    private readonly deviceId: Bytes,
  ) {}

  static async of({ portalKeys }: Directory, deviceId: Bytes): Promise<Receipts> {
    const named = portalKeys.map(async ({ public: key }): Promise<[string, Bytes]> => [
      hex(await keyId(key)),
      key,
    ]);
    return new Receipts(new Map(await Promise.all(named)), deviceId);
  }

  /** What is wrong with the receipt that stands beside this report. */
  async problemBeside({ seq, hash, receipt }: Row): Promise<Finding | null> {
    if (!receipt) return null;
    const refusal = await this.#refusalOf(receipt);
    if (refusal) return found(refusal, seq);
    if (receipt.seq === seq && same(receipt.chainHash, hash)) return null;
    return found('receipt-contradiction', seq, { about: receipt.seq });
  }

  /** A record quotes the last receipt its laptop had: what that says, or what is wrong with it. */
  async quotedIn(record: Record | null): Promise<Head | Code | null> {
    const quoted = record?.said.receipt ?? null;
    if (quoted === null) return null;
    try {
      const receipt = parse(unb64(quoted));
      const { seq, chainHash } = receipt;
      return (await this.#refusalOf(receipt)) ?? { seq, chainHash };
    } catch (error) {
      if (error instanceof ProtocolError) return 'bad-receipt';
      throw error;
    }
  }

  /** What the portal saw of the check-in that this report ended. */
  async openSighting(
    row: Row,
    held: Receipt | null,
    keys: readonly OpeningKey[],
    flaws: Finding[],
  ): Promise<Sighting | null> {
    if (!held || (!row.sighting && held.sightingCommit.every((byte) => byte === 0))) return null;
    if (!row.sighting) {
      flaws.push(found('missing-sighting', row.seq));
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
    flaws.push(found('sighting-mismatch', row.seq));
    return null;
  }

  #refusalOf(receipt: Receipt): Promise<Code | null> {
    const bytes = hex(receipt.raw);
    const known = this.#checked.get(bytes) ?? this.#check(receipt);
    this.#checked.set(bytes, known);
    return known;
  }

  async #check(receipt: Receipt): Promise<Code | null> {
    const key = this.keys.get(hex(receipt.signer));
    if (!key) return 'unknown-portal-key';
    try {
      await verify(receipt, key);
    } catch (error) {
      if (error instanceof BadSignature) return 'bad-receipt';
      throw error;
    }
    return same(receipt.deviceId, this.deviceId) ? null : 'bad-receipt';
  }
}
