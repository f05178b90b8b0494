/** Backup codes on the page, this once; and the password out of a form. */

import { byId, fillList } from './fill';
import { Problem } from './owner/problem';

/** An empty list shows nothing. */
export function showCodes(codes: readonly string[]): void {
  if (!codes.length) return;
  const rows = codes.map((code) => ({ code }));
  fillList(byId('codes', HTMLUListElement), byId('backup-code', HTMLTemplateElement), rows);
  byId('codes-card', HTMLElement).hidden = false;
  byId('codes-title', HTMLElement).focus();
}

/** Taken out of its field at once; throws Problem where nothing was typed. */
export function passwordFrom(form: HTMLFormElement): string {
  const field = form.querySelector<HTMLInputElement>('input[type="password"]')!;
  const typed = field.value;
  field.value = '';
  if (!typed) throw new Problem('Type your password.');
  return typed;
}
