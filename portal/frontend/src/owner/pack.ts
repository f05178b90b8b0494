/** Make an evidence pack in the browser: choose, sign, and check it as a stranger would. */

import verifierUrl from 'verify?url';

import { Refused } from '../api';
import { type Bytes, concat, hex } from '../protocol/bytes';
import type { Disclosure } from '../protocol/disclosure';
import { attachments } from '../protocol/envelope';
import { ProtocolError, TooLarge } from '../protocol/errors';
import { MAX_SIZE, openMedia } from '../protocol/media';
import { type Contents, make, mediaName } from '../protocol/pack';
import { check } from '../protocol/packcheck';
import { BrokenPack } from '../protocol/packerrors';
import { discloseSighting } from '../protocol/sighting';
import { type Desk, pinsOf } from './desk';
import { stills as stillsOf } from './evidence';
import { type Finding, found } from './findings';
import { readme, report, type Still } from './packpages';
import { Problem } from './problem';
import type { Unlocked } from './signing';
import type { Evidence, Result } from './verification';

/** What to show: what `keep` says yes to; without it, reports since the last theft began. */
export interface Choice {
  readonly keep?: (evidence: Evidence) => boolean;
}

/** `findings` are pictures that could not be put in, by name. */
export interface Pack {
  readonly blob: Blob;
  readonly shown: number;
  readonly findings: readonly Finding[];
}

/**
 * `result` is what `readEvidence` gave; `key` comes from the password, asked for this one pack.
 * Throws Problem where the portal's chain would not convince anybody else, Refused, Away.
 */
export async function makePack(
  desk: Desk,
  id: string,
  result: Result,
  choice: Choice,
  key: Unlocked,
): Promise<Pack> {
  const directory = await desk.directory();
  const shown = chosen(result, choice);
  const { stills, findings } = await fetchStills(desk, shown);
  const contents: Contents = {
    laptop: pinsOf(directory, id).name,
    made: desk.now(),
    offer: pinsOf(directory, id).offer,
    portalKeys: directory.portalKeys,
    ...proof(result),
    records: new Map(shown.map((one) => [one.seq, one.disclosure!])),
    sightings: await sightingsOf(desk, id, shown),
    media: new Map(stills.map((one) => [mediaName(one.seq, one.index, one.mime), one.data])),
  };
  const forPeople = {
    'README.txt': await readme(contents, key.owner.public),
    'report.html': await report(contents, key.owner.public, shown, stills),
    'verify.html': await verifier(),
  };
  const made = await sound(() => make(contents, forPeople, key.owner));
  return { blob: new Blob([made], { type: 'application/zip' }), shown: shown.length, findings };
}

function chosen(result: Result, { keep }: Choice): readonly Evidence[] {
  const thefts = result.orders.orders.map(({ will }) => will.theft?.since ?? 0);
  const since = Math.max(0, ...thefts);
  const wanted = keep ?? (({ moment }: Evidence) => moment >= since);
  return result.evidence.filter((one) => one.disclosure !== null && wanted(one));
}

/** The whole order of what the laptop said, whatever of it is shown. */
function proof(result: Result): Pick<Contents, 'orders' | 'skeletons' | 'receipts'> {
  const receipts = new Map(
    result.evidence.flatMap(({ receipt }) => (receipt ? [[receipt.seq, receipt.raw]] : [])),
  );
  return {
    orders: result.orders.orders.map(({ raw }) => raw),
    skeletons: result.evidence.map(({ row }) =>
      concat(row.envelope.signed, row.envelope.signature),
    ),
    receipts: [...receipts].sort(([a], [b]) => a - b).map(([, raw]) => raw),
  };
}

/** Opened once more, for the salt. */
async function sightingsOf(
  desk: Desk,
  id: string,
  shown: readonly Evidence[],
): Promise<ReadonlyMap<number, Disclosure>> {
  const kids = [...pinsOf(await desk.directory(), id).vaults.values()];
  const keys = kids.flatMap((kid) => desk.session.keys.get(kid) ?? []);
  const opened = new Map<number, Disclosure>();
  for (const { seq, row, sighting, receipt } of shown) {
    if (!sighting || !row.sighting || !receipt) continue;
    for (const key of keys) {
      const shownHere = discloseSighting(row.sighting, row.hash, receipt.sightingCommit, key);
      const disclosure = await orNull(shownHere);
      if (disclosure) opened.set(seq, disclosure);
    }
  }
  return opened;
}

async function orNull<T>(opening: Promise<T>): Promise<T | null> {
  return opening.catch((error: unknown) => {
    if (error instanceof ProtocolError) return null;
    throw error;
  });
}

async function fetchStills(
  desk: Desk,
  shown: readonly Evidence[],
): Promise<{ stills: readonly Still[]; findings: readonly Finding[] }> {
  const stills: Still[] = [];
  const findings: Finding[] = [];
  for (const one of shown) {
    for (const still of stillsOf(one)) {
      const index = still.index ?? 0;
      const got = await fetchStill(desk, one, index, still).catch((error: unknown) =>
        lossOf(error, one.seq, index),
      );
      if ('data' in got) stills.push(got);
      else findings.push(got);
    }
  }
  return { stills, findings };
}

async function fetchStill(
  desk: Desk,
  { seq, row }: Evidence,
  index: number,
  { media, camera }: ReturnType<typeof stillsOf>[number],
): Promise<Still | Finding> {
  const listed = attachments(row.envelope)[index];
  if (!listed || !media) return found('media-mismatch', seq, { index });
  const size = Math.min(listed.size, MAX_SIZE);
  const sealed = await desk.api.download(`/media/${hex(listed.sha256)}`, size);
  const place = { deviceId: row.envelope.header.deviceId, seq, index };
  const data = await openMedia(sealed, listed, media, place);
  return { seq, index, camera, mime: media.mime, data };
}

function lossOf(error: unknown, seq: number, index: number): Finding {
  if (error instanceof Refused && error.status === 404)
    return found('missing-media', seq, { index });
  if (error instanceof ProtocolError) return found('media-mismatch', seq, { index });
  throw error;
}

async function verifier(): Promise<Bytes> {
  const answer = await fetch(verifierUrl);
  if (!answer.ok) throw new Problem('A part of the pack cannot be fetched just now. Try again.');
  return new Uint8Array(await answer.arrayBuffer());
}

async function sound(making: () => Promise<Bytes>): Promise<Bytes> {
  try {
    const made = await making();
    await check(made);
    return made;
  } catch (error) {
    if (error instanceof BrokenPack) throw new Problem(`${error.message} No pack was made.`);
    if (error instanceof TooLarge) {
      throw new Problem('That is more than one pack can hold. Choose fewer reports.');
    }
    throw error;
  }
}
