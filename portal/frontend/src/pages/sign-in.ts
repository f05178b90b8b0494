/** Sign in: the password becomes keys here; the portal gets a verifier. */

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { signIn } from '../owner/account';
import { email, goTo, next, onSubmit, password, ready } from '../page';
import * as session from '../session';

onSubmit(byId('sign-in', HTMLFormElement), async () => {
  const who = { email: email(), password: password(), shared: false };
  await session.keep(await signIn(api, who, argon2id));
  goTo(next('/devices'));
});
ready();
