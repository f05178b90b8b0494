/** Fetch what the portal holds of a laptop, have it verified, and open it with its pictures. */

import { type Api, Refused } from '../api';
import { hex } from '../protocol/bytes';
import { type Head, parseHead } from '../protocol/checkin';
import { attachments } from '../protocol/envelope';
import { Malformed, ProtocolError } from '../protocol/errors';
import { items, type Json } from '../protocol/json';
import { MAX_SIZE, openMedia } from '../protocol/media';
import { isRead, type Snapshot, snapshotsIn } from '../protocol/readings';
import { type Finding, found } from './findings';
import {
  type Evidence,
  glance,
  type Handed,
  type Opened,
  type Result,
  type Trust,
  verify,
} from './verification';

const PAGE = 500;
const GLANCE = 50;
const COUNTABLE = 10_000_000; // a new segment may begin at a number that counts nothing

/** Who hears how it goes. `glanced` shows the last reports before their order is proven. */
export interface Audience {
  readonly fetched: (count: number, total: number | null) => void;
  readonly glanced: (evidence: readonly Evidence[]) => void;
  readonly opened: Opened;
}

/** Everything the portal holds of a laptop, verified. Throws Refused, Away, Malformed. */
export async function collect(api: Api, trust: Trust, audience: Audience): Promise<Result> {
  const path = `/devices/${hex(trust.pins.offer.deviceId)}`;
  const device = await api.get(path);
  const head = (device.head ?? null) === null ? null : parseHead(device.head);
  if (head && head.seq > GLANCE) audience.glanced(await lastReports(api, path, head, trust));
  const handed = await fetchAll(api, path, head, audience);
  return verify({ ...handed, offer: device.offer }, trust, audience.opened);
}

async function lastReports(
  api: Api,
  path: string,
  head: Head,
  trust: Trust,
): Promise<readonly Evidence[]> {
  const page = await api.get(`${path}/evidence?after=${head.seq - GLANCE}&limit=${GLANCE}`);
  return glance(items(page.records), trust);
}

/** The head first and the orders last, so that what arrives meanwhile contradicts nothing. */
async function fetchAll(
  api: Api,
  path: string,
  head: Head | null,
  audience: Audience,
): Promise<Omit<Handed, 'offer'>> {
  const records: unknown[] = [];
  for await (const page of pages(api, path)) {
    records.push(...page);
    audience.fetched(records.length, head && head.seq < COUNTABLE ? head.seq + 1 : null);
  }
  const forks = items((await api.get(`${path}/forks`)).forks);
  const orders = items((await api.get(`${path}/orders`)).orders);
  return { orders, records, forks, head };
}

async function* pages(api: Api, path: string): AsyncGenerator<readonly unknown[]> {
  for (let after = -1; ;) {
    const page: Json = await api.get(`${path}/evidence?after=${after}&limit=${PAGE}`);
    const records = items(page.records);
    yield records;
    const next = page.next ?? null;
    if (next === null || !records.length) return;
    if (typeof next !== 'number' || next <= after) {
      throw new Malformed('the portal’s pages of evidence go round in a circle');
    }
    after = next;
  }
}

/** One still, opened: a blob for an <img>, and the name of its camera. */
export interface Picture {
  readonly seq: number;
  readonly index: number;
  readonly camera: string;
  readonly blob: Blob;
}

const IMAGE = /^image\/(jpeg|png|webp)$/;

/** The stills of a report that have a file. */
export function stills(evidence: Evidence): readonly Snapshot[] {
  const listed = evidence.record ? snapshotsIn(evidence.record) : null;
  if (!isRead(listed)) return [];
  return listed.filter((one): one is Snapshot => !('unread' in one) && one.index !== null);
}

/** Download, verify and open one still; what is wrong with it otherwise. Throws Refused, Away. */
export async function picture(
  api: Api,
  evidence: Evidence,
  still: Snapshot,
): Promise<Picture | Finding> {
  const { seq, row } = evidence;
  const index = still.index ?? 0;
  try {
    const listed = attachments(row.envelope)[index];
    if (!listed || !still.media)
      throw new Malformed('a snapshot points behind the list of attachments');
    const sealed = await api.download(
      `/media/${hex(listed.sha256)}`,
      Math.min(listed.size, MAX_SIZE),
    );
    const place = { deviceId: row.envelope.header.deviceId, seq, index };
    const data = await openMedia(sealed, listed, still.media, place);
    // Whoever holds the laptop chose the type; a picture is all it may be.
    const type = IMAGE.test(still.media.mime) ? still.media.mime : 'application/octet-stream';
    return { seq, index, camera: still.camera, blob: new Blob([data], { type }) };
  } catch (error) {
    if (error instanceof Refused && error.status === 404)
      return found('missing-media', seq, { index });
    if (error instanceof ProtocolError) return found('media-mismatch', seq, { index });
    throw error;
  }
}
