/** Packs made and checked by page scripts, by name. */

import { api } from '../../../portal/frontend/src/api';
import { argon2id } from '../../../portal/frontend/src/argon';
import * as accounts from '../../../portal/frontend/src/owner/account';
import { Desk } from '../../../portal/frontend/src/owner/desk';
import { makePack } from '../../../portal/frontend/src/owner/pack';
import { unlock } from '../../../portal/frontend/src/owner/signing';
import { b64, unb64 } from '../../../portal/frontend/src/protocol/encoding';
import { check } from '../../../portal/frontend/src/protocol/packcheck';
import { BrokenPack } from '../../../portal/frontend/src/protocol/packerrors';
import * as session from '../../../portal/frontend/src/session';
import { readEvidence } from '../../../portal/frontend/src/vault';

async function signIn(email: string, password: string): Promise<void> {
  const who = { email, password, shared: false };
  await session.keep(await accounts.signIn(api, who, argon2id));
}

async function pack(id: string, password: string, only: readonly number[] | null): Promise<object> {
  const tools = {
    api,
    keep: (changed: session.Session) => session.keep(changed),
    now: Date.now,
  };
  const desk = new Desk(tools, (await session.current())!);
  const result = await readEvidence(desk, id, {
    fetched: () => undefined,
    glanced: () => undefined,
    opened: () => undefined,
  });
  const choice = only ? { keep: ({ seq }: { seq: number }) => only.includes(seq) } : {};
  const key = await unlock(desk, password, argon2id);
  const made = await makePack(desk, id, result, choice, key);
  const data = new Uint8Array(await made.blob.arrayBuffer());
  return {
    data: b64(data),
    shown: made.shown,
    type: made.blob.type,
    findings: made.findings,
  };
}

/** [code, file, seq, sentence] of the first wrong thing in each, or null. */
async function verdicts(packs: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const one of packs) {
    try {
      await check(unb64(one));
      found.push(null);
    } catch (error) {
      if (!(error instanceof BrokenPack)) throw error;
      found.push([error.wrong, error.file, error.seq, error.message]);
    }
  }
  return found;
}

Object.assign(globalThis, { packs: { signIn, pack, verdicts } });
document.documentElement.dataset.ready = '';
