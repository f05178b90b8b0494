/** Fetch what the portal holds of a laptop, have it verified, and open its pictures. */

import { type Api, Refused } from '../api';
import { hex } from '../protocol/bytes';
import { type Head, parseHead } from '../protocol/checkin';
import { attachments } from '../protocol/envelope';
import { Malformed, ProtocolError } from '../protocol/errors';
import { items } from '../protocol/json';
import { MAX_SIZE, openMedia } from '../protocol/media';
import { isRead, type Snapshot, snapshotsIn } from '../protocol/readings';
import { type Examined, examine, type Trust } from './examination';
import { type Finding, found } from './findings';
import { type Evidence, glance, type Result, verify } from './verification';

const PAGE = 500;
const GLANCE = 50;
const COUNTABLE = 10_000_000; // a new segment may begin at a number that counts nothing

/** Who hears how it goes. `glanced` shows the last reports before their order is proven. */
export interface Audience {
  readonly fetched: (count: number, total: number | null) => void;
  readonly glanced: (evidence: readonly Evidence[]) => void;
  readonly opened: (count: number) => void;
}

type Reports = readonly (Examined | null)[];

/** A page of evidence on its way: it is fetched, then examined. */
export interface Page {
  readonly fetched: Promise<{ readonly count: number; readonly next: unknown }>;
  readonly reports: Promise<Reports>;
}

/** Fetches and examines a page somewhere. */
export type Examine = (path: string) => Page;

/**
 * Everything the portal holds of a laptop, verified; `past` is what this page has seen of it
 * before, which is not fetched again. Throws Problem, Refused, Away, Malformed.
 */
export async function collect(
  api: Api,
  trust: Trust,
  examinePage: Examine,
  audience: Audience,
  now: number,
  past: Result | null = null,
): Promise<Result> {
  const path = `/devices/${hex(trust.pins.offer.deviceId)}`;
  const device = await api.get(path);
  const head = (device.head ?? null) === null ? null : parseHead(device.head);
  const page = (after: number, limit: number): Page =>
    examinePage(`${path}/evidence?after=${after}&limit=${limit}`);
  const before = past?.reports.includes(null) ? [] : (past?.reports ?? []); // one has no number
  if (!before.length && head && head.seq > GLANCE) {
    audience.glanced(glance(await page(head.seq - GLANCE, GLANCE).reports));
  }
  // The head first and the orders last, so that what arrives meanwhile contradicts nothing.
  const reports = [...before, ...(await reportsAfter(before, page, head, audience))];
  const forks = await examine(items((await api.get(`${path}/forks`)).forks), trust);
  const orders = items((await api.get(`${path}/orders`)).orders);
  return verify({ orders, reports, forks, head, offer: device.offer }, trust, now);
}

/** What follows those; each page is examined while the next is fetched. */
async function reportsAfter(
  before: Reports,
  page: (after: number, limit: number) => Page,
  head: Head | null,
  audience: Audience,
): Promise<Reports> {
  const total = head && head.seq < COUNTABLE ? head.seq + 1 : null;
  const pages: Promise<Reports>[] = [];
  let count = before.length;
  for (let after: number | null = lastOf(before); after !== null;) {
    const coming = page(after, PAGE);
    const { count: more, next } = await coming.fetched;
    audience.fetched((count += more), total);
    pages.push(coming.reports);
    void coming.reports.then(({ length }) => audience.opened(length)).catch(() => undefined);
    after = following(after, more, next);
  }
  return (await Promise.all(pages)).flat();
}

function lastOf(reports: Reports): number {
  return reports.reduce((last, one) => Math.max(last, one?.row.seq ?? -1), -1);
}

function following(after: number, count: number, next: unknown): number | null {
  if (next === null || !count) return null;
  if (typeof next === 'number' && next > after) return next;
  throw new Malformed('the portal’s pages of evidence go round in a circle');
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
