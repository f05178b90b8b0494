/** “How long evidence stays”: what the owner's orders say of it, and having some deleted now. */

import { byId } from '../fill';
import type { Desk } from '../owner/desk';
import { Problem } from '../owner/problem';
import * as thefts from '../owner/thefts';
import { DAY_MS } from '../protocol/keeping';
import { type Keep, KEEP_DAYS, KEEP_THEFT_DAYS } from '../protocol/will';
import { say } from '../says';
import { stepUp } from '../stepup';
import { moment } from '../words';
import { type Laptop, ordersInForce } from './laptop';

export function bindKeeping(desk: Desk, id: string, read: () => Promise<void>): void {
  stepUp(
    'keeping',
    desk,
    async (key, form) => {
      await thefts.keep(desk, id, wishIn(form), key);
      await read();
    },
    (form) => void wishIn(form),
  );
  stepUp('delete-evidence', desk, async (key, form) => {
    const older = Number(new FormData(form).get('older')) * DAY_MS;
    await thefts.keep(desk, id, { before: desk.now() - older }, key);
    await read();
  });
}

/** Throws Problem. */
function wishIn(form: HTMLFormElement): Partial<Keep> {
  const said = new FormData(form);
  return {
    days: daysIn(said, 'days', KEEP_DAYS),
    theftDays: daysIn(said, 'theft-days', KEEP_THEFT_DAYS),
    hold: said.has('hold'),
  };
}

function daysIn(said: FormData, name: string, [least, most]: readonly [number, number]): number {
  const days = Number(said.get(name));
  if (!Number.isInteger(days) || days < least || days > most) {
    throw new Problem(say(`${name}-bounds`, { least, most }));
  }
  return days;
}

export function showKeeping(laptop: Laptop): void {
  const keep = ordersInForce(laptop)?.will.keep;
  const place = byId('keeping-card', HTMLElement);
  place.hidden = !keep;
  if (!keep) return;
  place.querySelector('[data-stays]')!.textContent = sentence(keep);
  const gone = place.querySelector<HTMLElement>('[data-gone]')!;
  const count = laptop.result?.letGo.size ?? 0;
  gone.hidden = !count;
  gone.textContent = say('keeping-gone', { count });
  begin(keep);
}

function sentence({ days, theftDays, before, hold }: Keep): string {
  const stays = hold ? say('keeping-hold') : say('keeping-days', { days, theft: theftDays });
  return before ? `${stays} ${say('keeping-before', { when: moment(before) })}` : stays;
}

/** The dialog begins with what is in force. */
function begin({ days, theftDays, hold }: Keep): void {
  const { content } = byId('keeping', HTMLTemplateElement);
  const field = (name: string): Element => content.querySelector(`[name="${name}"]`)!;
  field('days').setAttribute('value', String(days));
  field('theft-days').setAttribute('value', String(theftDays));
  field('hold').toggleAttribute('checked', hold);
}
