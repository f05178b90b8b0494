/** The account: name and phone behind one button, the email corrected with the password. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { Desk } from '../owner/desk';
import { profileOf, withProfile } from '../owner/profile';
import { changeEmail } from '../owner/proof';
import { email, onSubmit, passwordFrom, ready } from '../page';
import * as session from '../session';
import { insisting } from '../visit';

const emailForm = byId('change-email', HTMLFormElement);
const personForm = byId('person', HTMLFormElement);
const [name, phone] = [byId('name', HTMLInputElement), byId('phone', HTMLInputElement)];

onSubmit(emailForm, async () => {
  const wanted = email();
  byId('email-saved', HTMLElement).hidden = true;
  await session.keep(await changeEmail(api, wanted, passwordFrom(emailForm), argon2id));
  byId('held-email', HTMLElement).textContent = wanted;
  emailForm.reset();
  byId('email-saved', HTMLElement).hidden = false;
});

/** Hidden until asked for: somebody may be looking over the owner's shoulder. */
async function showPerson(desk: Desk): Promise<void> {
  const held = profileOf(await insisting(() => desk.directory()));
  [name.value, phone.value] = [held.name, held.phone];
  const button = byId('reveal', HTMLButtonElement);
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!open));
    byId('person-fields', HTMLElement).hidden = open;
  });
  onSubmit(personForm, async () => {
    byId('person-saved', HTMLElement).hidden = true;
    const told = { name: name.value, phone: phone.value };
    await desk.change((directory) => withProfile(directory, told));
    byId('person-saved', HTMLElement).hidden = false;
  });
}

const held = await session.current();
byId('person-locked', HTMLElement).hidden = held !== null;
personForm.hidden = held === null;
if (held) {
  await showPerson(new Desk({ api, keep: (now) => session.keep(now), now: Date.now }, held));
}
ready();
