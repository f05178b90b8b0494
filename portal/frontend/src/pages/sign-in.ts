/** Sign in: the password becomes keys here; the portal gets a verifier. */

import { api, Refused } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { signIn } from '../owner/account';
import { email, goTo, next, onSubmit, password, ready } from '../page';
import { prepareSecond, withSecond } from '../second';
import * as session from '../session';

const form = byId('sign-in', HTMLFormElement);
const undo = byId('undo', HTMLInputElement);
prepareSecond(form);
onSubmit(form, async () => {
  const who = { email: email(), password: password(), shared: false, undo: undo.checked };
  try {
    await session.keep(await withSecond((second) => signIn(api, { ...who, second }, argon2id)));
  } catch (error) {
    if (error instanceof Refused && error.code === 'email-changed') {
      byId('former', HTMLElement).hidden = false;
    }
    throw error;
  }
  goTo(next('/devices'));
});
ready();
