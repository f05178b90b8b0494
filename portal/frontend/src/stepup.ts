/** A dialog that asks for the password once more and does one thing with it. */

import { argon2id } from './argon';
import { onSubmit } from './page';
import type { Desk } from './owner/desk';
import { unlock, type Unlocked } from './owner/signing';
import { signedIn } from './visit';

/** Open it with every `button[data-opens=…]`; `act` has the signing key for this one time. */
export function stepUp(
  dialog: HTMLDialogElement,
  desk: Desk,
  act: (key: Unlocked, form: HTMLFormElement) => Promise<void>,
): void {
  const form = dialog.querySelector('form')!;
  for (const button of document.querySelectorAll(`button[data-opens="${dialog.id}"]`)) {
    button.addEventListener('click', () => dialog.showModal());
  }
  dialog.querySelector('[data-closes]')?.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => form.reset());
  onSubmit(form, async () => {
    await signedIn(async () => act(await unlock(desk, passwordIn(form), argon2id), form));
    dialog.close();
  });
}

/** Taken out of the field at once: a password has no business staying on a page. */
export function passwordIn(form: HTMLFormElement): string {
  const field = form.querySelector<HTMLInputElement>('input[type="password"]')!;
  const typed = field.value;
  field.value = '';
  return typed;
}
