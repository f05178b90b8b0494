/** Create an account: keys are made here, the portal gets only what is sealed or derived. */

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { type Account, openAccount, parseAccount, signIn } from '../owner/account';
import { Desk } from '../owner/desk';
import { Problem } from '../owner/problem';
import { type Profile, withProfile } from '../owner/profile';
import { register } from '../owner/registration';
import { email, goTo, onSubmit, ready, valueOf } from '../page';
import * as vault from '../protocol/vault';
import { showRecovery } from '../recovery';
import * as session from '../session';

const HAD_ONE =
  'Your account was not changed: this email had one before, and it keeps its own password and ' +
  'recovery code. Sign in with those.';

const hide = byId('hide', HTMLInputElement);
const person = byId('person', HTMLFieldSetElement);
const follow = (): void => void (person.hidden = hide.checked);
hide.addEventListener('change', follow);
follow(); // the back button brings a box back as it was left

let written = true;
addEventListener('beforeunload', (event) => {
  if (!written) event.preventDefault(); // the code cannot be shown again
});

onSubmit(byId('sign-up', HTMLFormElement), async () => {
  const who = { email: email(), password: valueOf('password'), shared: false };
  const about = aboutPerson();
  const code = await register(api, who.email, who.password, argon2id);
  written = false;
  showRecovery(byId('form-step', HTMLElement), code, async () => {
    await enter(who, code);
    if (about) await remember(about);
    written = true;
    goTo('/devices');
  });
});
ready();

/** Name and phone where the owner chose to give them, for the sealed directory. */
function aboutPerson(): Profile | null {
  const about = { name: valueOf('name').trim(), phone: valueOf('phone').trim() };
  return !hide.checked && (about.name || about.phone) ? about : null;
}

/**
 * Sign in to the account that was just made.
 *
 * The portal answers alike whether the email was new or not, so only now it shows: an account of
 * another time has another password, or one that the code on the paper does not open.
 */
async function enter(who: Parameters<typeof signIn>[1], code: string): Promise<void> {
  try {
    const opened = await signIn(api, who, argon2id);
    await openedBy(parseAccount(await api.get('/account')), code);
    await session.keep(opened);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    written = true;
    throw new Problem(HAD_ONE);
  }
}

async function openedBy(account: Account, code: string): Promise<void> {
  const unlocker = await vault.fromRecovery(vault.readRecovery(code));
  await openAccount(account, vault.RECOVERY, unlocker);
}

async function remember(about: Profile): Promise<void> {
  const current = await session.current();
  if (!current) return;
  const desk = new Desk({ api, keep: (changed) => session.keep(changed), now: Date.now }, current);
  await desk.change((before) => withProfile(before, about));
}
