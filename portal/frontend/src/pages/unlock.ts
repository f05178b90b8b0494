/** The keys were forgotten, the session is there: the password once more. */

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { type Recovered, sessionOf } from '../owner/account';
import { openWithPasskey, unlockingPasskeys } from '../owner/passkeys';
import { prove } from '../owner/proof';
import { goTo, next, onSubmit, password, ready } from '../page';
import * as session from '../session';

/** The slot decides who may have the keys; the portal is not asked. */
async function unlockWith({ account, key }: Omit<Recovered, 'proof'>): Promise<void> {
  await session.keep(await sessionOf(account, key, false));
  goTo(next('/devices'));
}

onSubmit(byId('unlock', HTMLFormElement), async () =>
  unlockWith(await prove(api, password(), argon2id)),
);

const byPasskey = byId('by-passkey', HTMLFormElement);
onSubmit(byPasskey, async () =>
  unlockWith(await openWithPasskey(api, await unlockingPasskeys(api))),
);

// Another tab may have unlocked, and the back button may lead here afterwards.
if (await session.current()) goTo(next('/devices'));
ready();
byPasskey.hidden = (await unlockingPasskeys(api)).length === 0;
