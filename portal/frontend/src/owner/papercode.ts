/** Another recovery code: what was on the old paper then opens nothing, here and on the laptops. */

import { Away, Refused } from '../api';
import { b64 } from '../protocol/encoding';
import type { Json } from '../protocol/json';
import { fromRecovery, makeSlot, RECOVERY, recoveryPublic } from '../protocol/vault';
import { type Bytes } from '../protocol/bytes';
import { type Recovered, slotToJson } from './account';
import type { Desk } from './desk';
import { OrdersNotTrusted } from './orderchain';
import { Problem } from './problem';
import { unlockedBy } from './signing';
import { nameRecovery } from './thefts';

/** All at once at the portal; then every laptop is told. Throws Problem, Refused, Away. */
export async function replaceCode(desk: Desk, owner: Recovered, code: Bytes): Promise<void> {
  const [unlocker, recoveryKey] = [await fromRecovery(code), await recoveryPublic(code)];
  const change = {
    login_verifier: b64(owner.proof),
    recovery_verifier: b64(unlocker.verifier),
    recovery_key: b64(recoveryKey),
    slot: slotToJson(await makeSlot(RECOVERY, unlocker, owner.key)),
  };
  const store = (directory: Json): Promise<unknown> =>
    desk.api.post('/account/recovery-code', { ...change, directory });
  await desk.change((before) => ({ ...before, recoveryKey }), store);
  await tellLaptops(desk, owner);
}

/** One that cannot be told now hears it with its next orders. */
async function tellLaptops(desk: Desk, owner: Recovered): Promise<void> {
  const key = await unlockedBy(owner.key, await desk.account(), await desk.directory());
  for (const id of (await desk.directory()).devices.keys()) {
    try {
      await nameRecovery(desk, id, key);
    } catch (error) {
      if (![Problem, OrdersNotTrusted, Refused, Away].some((kind) => error instanceof kind))
        throw error;
    }
  }
}
