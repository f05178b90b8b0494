/** What page scripts do for an owner, each step by name, against a real portal. */

import { api } from '../../../portal/frontend/src/api';
import { argon2id } from '../../../portal/frontend/src/argon';
import * as accounts from '../../../portal/frontend/src/owner/account';
import { Desk } from '../../../portal/frontend/src/owner/desk';
import { picture, stills } from '../../../portal/frontend/src/owner/evidence';
import { waitingLaptop, pair } from '../../../portal/frontend/src/owner/pairing';
import * as registration from '../../../portal/frontend/src/owner/registration';
import { unlock } from '../../../portal/frontend/src/owner/signing';
import * as thefts from '../../../portal/frontend/src/owner/thefts';
import { isVerified } from '../../../portal/frontend/src/owner/verification';
import { b64 } from '../../../portal/frontend/src/protocol/encoding';
import { fingerprint } from '../../../portal/frontend/src/protocol/pairing';
import { isRead, locationIn } from '../../../portal/frontend/src/protocol/readings';
import * as session from '../../../portal/frontend/src/session';
import { readEvidence } from '../../../portal/frontend/src/vault';

interface Person {
  readonly email: string;
  readonly password: string;
}

async function desk(): Promise<Desk> {
  const current = await session.current();
  if (!current) throw new Error('locked');
  return new Desk({ api, keep: (changed) => session.keep(changed), now: Date.now }, current);
}

async function register({ email, password }: Person): Promise<string> {
  return registration.register(api, email, password, argon2id);
}

async function signIn(who: Person, shared = false): Promise<void> {
  await session.keep(await accounts.signIn(api, { ...who, shared }, argon2id));
}

async function add(code: string, name: string, password: string): Promise<object> {
  const at = await desk();
  const laptop = await waitingLaptop(at, code);
  const id = await pair(at, laptop, name, await unlock(at, password, argon2id));
  return {
    id,
    fingerprint: await fingerprint((await at.directory()).ownerKey),
  };
}

async function mark(id: string, password: string, note: string): Promise<number> {
  const at = await desk();
  const mandate = { ...thefts.FOURTEEN_DAYS, note };
  return (await thefts.stolen(at, id, mandate, await unlock(at, password, argon2id))).serial;
}

async function recovered(id: string, password: string): Promise<number> {
  const at = await desk();
  return (await thefts.recovered(at, id, await unlock(at, password, argon2id))).serial;
}

async function command(id: string, password: string): Promise<string> {
  const at = await desk();
  const content = { wish: 'report-now', parameters: {} } as const;
  return thefts.sendCommand(at, id, content, await unlock(at, password, argon2id));
}

async function evidence(id: string): Promise<object> {
  const at = await desk();
  const heard: string[] = [];
  const result = await readEvidence(at, id, {
    fetched: (count, total) => heard.push(`fetched ${count} of ${total}`),
    glanced: (batch) => heard.push(`glanced ${batch.length}`),
    opened: (count) => heard.push(`opened ${count}`),
  });
  const pictures = result.evidence.flatMap((one) =>
    stills(one).map(async (still) => {
      const got = await picture(at.api, one, still);
      if (!('blob' in got)) return got.code;
      return {
        camera: got.camera,
        data: b64(new Uint8Array(await got.blob.arrayBuffer())),
      };
    }),
  );
  const places = result.evidence.map(({ record }) => record && locationIn(record));
  const high = (await at.directory()).devices.get(id)?.high?.seq ?? null;
  return {
    heard,
    high,
    verified: isVerified(result),
    findings: result.findings.map(({ sentence }) => sentence),
    why: result.evidence.map(({ record }) => record?.said.why ?? null),
    ips: result.evidence.map(({ sighting }) => sighting?.ip ?? null),
    latitudes: places.map((fix) => (isRead(fix) ? fix.latitude : null)),
    pictures: await Promise.all(pictures),
  };
}

async function restore(email: string, code: string, password: string): Promise<void> {
  const back = await accounts.recover(api, email, code);
  await session.keep(await accounts.setPassword(api, back, password, argon2id));
}

/** What a script that should not be here could carry away. */
async function exportable(): Promise<string[]> {
  const held = await session.current();
  const keys = [
    held!.directoryKey.key,
    ...[...held!.keys.values()].map((key) => key.pair.privateKey),
  ];
  return keys.filter((key) => key.extractable).map((key) => key.algorithm.name);
}

async function sentence(work: () => Promise<unknown>): Promise<string> {
  return work().then(
    () => 'no refusal',
    (error: Error) => error.message,
  );
}

let locks = 0;
session.onLock(() => locks++);

Object.assign(globalThis, {
  owner: {
    register,
    signIn,
    add,
    mark,
    recovered,
    command,
    evidence,
    restore,
    exportable,
    lock: session.lock,
    locks: () => locks,
    unlocked: async (later = 0) => (await session.current(Date.now() + later)) !== null,
    touch: (later: number) => session.touch(Date.now() + later),
    refusal: (step: 'register' | 'signIn', who: Person) =>
      sentence(() => ({ register, signIn })[step](who)),
    refusedMark: (id: string, password: string) => sentence(() => mark(id, password, '')),
    refusedAdd: (code: string, name: string, password: string) =>
      sentence(() => add(code, name, password)),
  },
});
document.documentElement.dataset.ready = '';
