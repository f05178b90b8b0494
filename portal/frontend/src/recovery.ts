/** The recovery code on the page, once, and the check that it is on paper now. */

import { byId } from './fill';
import { onSubmit } from './page';
import { Problem } from './owner/problem';

const ASKED = 2;
const GROUP = 4;

/** Show `code` in the place of `before`; run `done` when the asked groups were typed rightly. */
export function showRecovery(before: HTMLElement, code: string, done: () => Promise<void>): void {
  const groups = code.replace(/[^0-9A-Z]/g, '').match(new RegExp(`.{${GROUP}}`, 'g')) ?? [];
  const [shown, check] = [byId('code-step', HTMLElement), byId('check-step', HTMLElement)];
  const places = shown.querySelectorAll('[data-group]');
  groups.forEach((group, i) => places[i]?.append(group));
  const asked = choose(groups.length);
  const fields = [...check.querySelectorAll<HTMLElement>('[data-asked]')];
  fields.forEach((field, i) => (field.hidden = !asked.has(i)));

  const form = byId('check', HTMLFormElement);
  onSubmit(form, async () => {
    if ([...asked].some((i) => typed(fields[i]!) !== groups[i])) {
      throw new Problem('The groups are not the ones on your paper. Compare letter by letter.');
    }
    await done();
  });
  byId('written', HTMLButtonElement).onclick = () => turn(shown, check);
  byId('again', HTMLButtonElement).onclick = () => turn(check, shown);
  byId('print', HTMLButtonElement).onclick = () => print();
  turn(before, shown);
}

/** Which groups to ask for: paper knows them all. */
function choose(count: number): Set<number> {
  const order = [...crypto.getRandomValues(new Uint32Array(count))].map((key, i) => [key, i]);
  order.sort(([a], [b]) => a! - b!);
  return new Set(order.slice(0, ASKED).map(([, i]) => i!));
}

/** As it was meant: Crockford's letters read O as 0, I and L as 1. */
function typed(field: HTMLElement): string {
  const value = field.querySelector('input')?.value ?? '';
  return value
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
}

/** From one step of the page to the next, and those who listen with it. */
function turn(from: HTMLElement, to: HTMLElement): void {
  from.hidden = true;
  to.hidden = false;
  to.querySelector('h1')?.focus();
}
