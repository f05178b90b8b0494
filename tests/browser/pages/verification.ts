/** The browser's verdict on what a portal hands over, as JSON to lay beside Python's. */

import {
  directoryFromJson,
  directoryToJson,
  withDevice,
} from '../../../portal/frontend/src/owner/directory';
import { examine } from '../../../portal/frontend/src/owner/examination';
import { CODES, LOSSES, SENTENCES } from '../../../portal/frontend/src/owner/findings';
import {
  type Evidence,
  isVerified,
  movedPins,
  verify,
} from '../../../portal/frontend/src/owner/verification';
import { hex, unhex } from '../../../portal/frontend/src/protocol/bytes';
import { headToJson, parseHead } from '../../../portal/frontend/src/protocol/checkin';
import { type OpeningKey, openingKey } from '../../../portal/frontend/src/protocol/crypto';
import type { Json } from '../../../portal/frontend/src/protocol/json';

interface Question {
  readonly handed: {
    orders: unknown[];
    records: unknown[];
    forks: unknown[];
    head: Json | null;
    offer: unknown;
  };
  readonly directory: Json;
  readonly device: string;
  readonly keys: readonly string[];
  readonly now: number;
}

const PKCS8_X25519 = '302e020100300506032b656e04220420';

async function keyOf(raw: string): Promise<[string, OpeningKey]> {
  const imported = await crypto.subtle.importKey(
    'pkcs8',
    unhex(PKCS8_X25519 + raw),
    'X25519',
    false,
    ['deriveBits'],
  );
  const key = await openingKey(imported);
  return [hex(key.id), key];
}

function told(one: Evidence): Json {
  const { seq, moment, record, receipt, sighting } = one;
  return {
    seq,
    moment,
    opened: record !== null,
    receipt: receipt?.seq ?? null,
    ip: sighting?.ip ?? null,
  };
}

async function check({ handed, directory: sealed, device, keys, now }: Question): Promise<Json> {
  const directory = await directoryFromJson(sealed);
  const pins = directory.devices.get(device)!;
  const trust = {
    directory,
    pins,
    keys: new Map(await Promise.all(keys.map(keyOf))),
  };
  const head = handed.head && parseHead(handed.head);
  const reports = await examine(handed.records, trust);
  const forks = await examine(handed.forks, trust);
  const result = await verify({ ...handed, reports, forks, head }, trust, now);
  const moved = withDevice(directory, await movedPins(result, pins));
  return {
    findings: result.findings,
    evidence: result.evidence.map(told),
    forks: result.forks.map(told),
    verified: isVerified(result),
    letGo: [...result.letGo],
    high: result.high && headToJson(result.high),
    directory: directoryToJson(moved),
  };
}

Object.assign(globalThis, {
  verification: { check, codes: CODES, losses: [...LOSSES], sentences: SENTENCES },
});
document.documentElement.dataset.ready = '';
