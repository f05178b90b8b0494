/** A dialog that asks for the password once more and does one thing with it. */

import { argon2id } from './argon';
import { byId, fill } from './fill';
import { onSubmit } from './page';
import type { Desk } from './owner/desk';
import { unlock, type Unlocked } from './owner/signing';
import { signedIn } from './visit';

/** What the dialog is for; `key` signs for this one time. */
export type Act = (key: Unlocked, form: HTMLFormElement) => Promise<void>;

/** Look at what was typed before the password is used; throws Problem. */
export type Check = (form: HTMLFormElement) => void;

/**
 * Every `button[data-opens=…]` opens a fresh copy of the template's dialog; closed, it is gone
 * with all that was typed.
 */
export function stepUp(template: string, desk: Desk, act: Act, check: Check = () => {}): void {
  for (const button of document.querySelectorAll(`button[data-opens="${template}"]`)) {
    button.addEventListener('click', () =>
      open(byId(template, HTMLTemplateElement), desk, act, check),
    );
  }
}

function open(template: HTMLTemplateElement, desk: Desk, act: Act, check: Check): void {
  const dialog = fill(template, {}) as HTMLDialogElement;
  const form = dialog.querySelector('form')!;
  dialog.querySelector('[data-closes]')!.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  onSubmit(form, async () => {
    check(form);
    await signedIn(async () => act(await unlock(desk, passwordIn(form), argon2id), form));
    dialog.close();
  });
  byId('main', HTMLElement).append(dialog);
  dialog.showModal();
}

/** Taken out of the field at once: a password has no business staying on a page. */
export function passwordIn(form: HTMLFormElement): string {
  const field = form.querySelector<HTMLInputElement>('input[type="password"]')!;
  const typed = field.value;
  field.value = '';
  return typed;
}
