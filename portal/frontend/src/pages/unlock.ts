/** The keys were forgotten, the session is there: the password once more. */

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { parseAccount, signIn } from '../owner/account';
import { goTo, next, onSubmit, password, ready } from '../page';
import * as session from '../session';

onSubmit(byId('unlock', HTMLFormElement), async () => {
  const typed = password();
  const { email } = parseAccount(await api.get('/account'));
  await session.keep(await signIn(api, { email, password: typed, shared: false }, argon2id));
  goTo(next('/devices'));
});

// Another tab may have unlocked, and the back button may lead here afterwards.
if (await session.current()) goTo(next('/devices'));
ready();
