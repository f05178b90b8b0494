/** What the owner wants of a laptop: the JSON inside orders (protocol.md 4). */

import type { Bytes } from './bytes';
import { b64, binary } from './encoding';
import { Malformed } from './errors';
import { flag, items, type Json, mapping, number, text } from './json';

const KEY_SIZE = 32;
const SHORTEST_S = 60;
const LONGEST_S = 86_400;
const MOST_DRILL_DAYS = 366;

export type Standing = 'home' | 'stolen';

const NOTICE_AFTER_S = 24 * 3600;

/**
 * The mandate. Times in Unix milliseconds; it ends by itself at `until`.
 *
 * `noticeAfterS` is how long after `since` a notice covers the screen, 0 for at once. `confirmed`
 * answers a laptop that said its usual user is back: the time it said.
 */
export interface Theft {
  readonly id: string;
  readonly since: number;
  readonly until: number;
  readonly intervalS: number;
  readonly camera: boolean;
  readonly traceroute: boolean;
  readonly note: string;
  readonly noticeAfterS: number;
  readonly confirmed: number;
}

/** What a theft is at first. */
export const UNTOLD = { noticeAfterS: NOTICE_AFTER_S, confirmed: 0 } as const;

/**
 * How long the portal keeps what the laptop reported: `days` after it was received, and what
 * belongs to a theft `theftDays` after that ended; what came earlier than `before` (ms) not at all.
 * With `hold` nothing goes by its age. See keeping.ts.
 */
export interface Keep {
  readonly days: number;
  readonly theftDays: number;
  readonly before: number;
  readonly hold: boolean;
}

export const KEEP_DAYS = [7, 365] as const;
export const KEEP_THEFT_DAYS = [30, 730] as const;
const USUAL_DAYS = 90;
export const USUAL_KEEP: Keep = {
  days: USUAL_DAYS,
  theftDays: USUAL_DAYS,
  before: 0,
  hold: false,
};

/** Somebody else who may sign: `may` names what ("orders", "command"), until when (ms). */
export interface Signer {
  readonly public: Bytes;
  readonly may: readonly string[];
  readonly until: number;
  readonly label: string;
}

/** `t` is when it was signed (ms); `ownerProof` the new owner key's consent, else empty. */
export interface Will {
  readonly standing: Standing;
  readonly t: number;
  readonly owner: Bytes;
  readonly recovery: Bytes;
  readonly vaultEpoch: number;
  readonly vaultKey: Bytes;
  readonly theft: Theft | null;
  readonly watchIntervalS: number;
  /** How often the laptop is to drill by itself, 0 for never. */
  readonly drillDays: number;
  readonly keep: Keep;
  readonly signers: readonly Signer[];
  readonly thresholds: Json;
  readonly ownerProof: Bytes;
}

/** A laptop at home that reports every hour. */
export const AT_HOME = {
  standing: 'home',
  theft: null,
  watchIntervalS: 3600,
  drillDays: 0,
  keep: USUAL_KEEP,
  signers: [],
  thresholds: {},
  ownerProof: new Uint8Array(),
} as const satisfies Partial<Will>;

export function willToJson(will: Will): Json {
  return {
    standing: will.standing,
    t: will.t,
    theft: will.theft && theftToJson(will.theft),
    watch: {
      interval_s: will.watchIntervalS,
      ...(will.drillDays ? { drill_days: will.drillDays } : {}),
    },
    ...(isUsual(will.keep) ? {} : { keep: keepToJson(will.keep) }),
    vault: { epoch: will.vaultEpoch, pk: b64(will.vaultKey) },
    owner: b64(will.owner),
    recovery: b64(will.recovery),
    signers: will.signers.map((s) => ({
      pk: b64(s.public),
      may: s.may,
      until: s.until,
      label: s.label,
    })),
    thresholds: will.thresholds,
    ...(will.ownerProof.length ? { owner_proof: b64(will.ownerProof) } : {}),
  };
}

/** Throws Malformed. */
export function willFromJson(data: Json): Will {
  const { standing } = data;
  const [vault, watch] = [mapping(data.vault), mapping(data.watch)];
  if (standing !== 'home' && standing !== 'stolen') throw new Malformed('an unknown standing');
  const theft = data.theft === null ? null : theftFromJson(mapping(data.theft));
  if ((standing === 'stolen') !== (theft !== null)) {
    throw new Malformed('stolen and a theft go together');
  }
  return {
    standing,
    t: number(data.t),
    owner: binary(data.owner, KEY_SIZE),
    recovery: binary(data.recovery, KEY_SIZE),
    vaultEpoch: number(vault.epoch, 1, 2 ** 32 - 1),
    vaultKey: binary(vault.pk, KEY_SIZE),
    theft,
    watchIntervalS: number(watch.interval_s, SHORTEST_S, LONGEST_S),
    drillDays: number(watch.drill_days ?? 0, 0, MOST_DRILL_DAYS),
    keep: data.keep === undefined ? USUAL_KEEP : keepFromJson(mapping(data.keep)),
    signers: items(data.signers).map((signer) => signerFromJson(mapping(signer))),
    thresholds: mapping(data.thresholds),
    ownerProof: data.owner_proof === undefined ? new Uint8Array() : binary(data.owner_proof),
  };
}

function isUsual({ days, theftDays, before, hold }: Keep): boolean {
  return days === USUAL_DAYS && theftDays === USUAL_DAYS && !before && !hold;
}

function keepToJson({ days, theftDays, before, hold }: Keep): Json {
  return { days, theft_days: theftDays, before, hold };
}

function keepFromJson(data: Json): Keep {
  return {
    days: number(data.days, ...KEEP_DAYS),
    theftDays: number(data.theft_days, ...KEEP_THEFT_DAYS),
    before: number(data.before),
    hold: flag(data.hold),
  };
}

function theftToJson(theft: Theft): Json {
  const { id, since, until, intervalS, camera, traceroute, note } = theft;
  const { noticeAfterS, confirmed } = theft;
  return {
    ...{ id, since, until, interval_s: intervalS, camera, traceroute, note },
    ...(noticeAfterS === NOTICE_AFTER_S ? {} : { notice_after_s: noticeAfterS }),
    ...(confirmed ? { confirmed } : {}),
  };
}

function theftFromJson(data: Json): Theft {
  return {
    id: text(data.id),
    since: number(data.since),
    until: number(data.until),
    intervalS: number(data.interval_s, SHORTEST_S, LONGEST_S),
    camera: flag(data.camera),
    traceroute: flag(data.traceroute),
    note: text(data.note),
    noticeAfterS: number(data.notice_after_s ?? NOTICE_AFTER_S, 0, NOTICE_AFTER_S),
    confirmed: number(data.confirmed ?? 0),
  };
}

function signerFromJson(data: Json): Signer {
  const may = items(data.may).map(text);
  return {
    public: binary(data.pk, KEY_SIZE),
    may,
    until: number(data.until),
    label: text(data.label),
  };
}
