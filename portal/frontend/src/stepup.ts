/** A dialog that asks who is there once more, by password or passkey, and does one thing with it. */

import { argon2id } from './argon';
import { byId, fill } from './fill';
import { onSubmit, passwordFrom, type Pressed } from './page';
import type { Desk } from './owner/desk';
import { unlockingPasskeys } from './owner/passkeys';
import { unlock, type Unlocked, unlockWithPasskey } from './owner/signing';
import { signedIn } from './visit';

/** What the dialog is for; `key` signs for this one time. */
export type Act = (key: Unlocked, form: HTMLFormElement) => Promise<void>;

/** Look at what was typed before anybody is asked for a proof; throws Problem. */
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
  const prove = prover(form, desk);
  onSubmit(form, async (by) => {
    check(form);
    await signedIn(async () => act(await prove(by), form));
    dialog.close();
  });
  byId('main', HTMLElement).append(dialog);
  dialog.showModal();
}

/**
 * The signing key by this form's password, or by a passkey where its button for that was pressed.
 * The button is there only for an account that has a passkey which opens it.
 */
export function prover(form: HTMLFormElement, desk: Desk): (by: Pressed) => Promise<Unlocked> {
  const button = form.querySelector<HTMLButtonElement>('button[data-passkey]')!;
  const passkeys = unlockingPasskeys(desk.api).catch(() => []); // the password is there still
  void passkeys.then(({ length }) => (button.hidden = length === 0));
  return async (by) =>
    by === button
      ? unlockWithPasskey(desk, await passkeys)
      : unlock(desk, passwordFrom(form), argon2id);
}
