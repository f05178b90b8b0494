/** Let laptops go: each chosen one is sent the command to leave, signed with the owner's key. */

import '../tt';

import { type Laptop, laptopsOf, ordersInForce, type Untold } from '../device/laptop';
import { byId, fill, fillList } from '../fill';
import type { Desk } from '../owner/desk';
import { Problem } from '../owner/problem';
import type { Unlocked } from '../owner/signing';
import { sendCommand } from '../owner/thefts';
import { onSubmit, ready } from '../page';
import { say } from '../says';
import { prover } from '../stepup';
import { insisting, ownerDesk } from '../visit';

const form = byId('deactivate', HTMLFormElement);

async function show(desk: Desk): Promise<Map<string, string>> {
  const laptops = await laptopsOf(desk);
  byId('laptops', HTMLElement).replaceChildren(...laptops.map(choice));
  byId('none', HTMLElement).hidden = laptops.length > 0;
  return new Map(laptops.map(({ id, name }) => [id, name]));
}

function choice(laptop: Laptop | Untold): HTMLElement {
  const why = whyNot(laptop);
  const row = fill(byId('laptop', HTMLTemplateElement), { name: laptop.name, why });
  const box = row.querySelector('input')!;
  box.value = laptop.id;
  box.disabled = why !== null;
  box.checked = why === null;
  return row;
}

function whyNot(laptop: Laptop | Untold): string | null {
  if ('why' in laptop) return say(laptop.why);
  return ordersInForce(laptop)?.will.standing === 'stolen' ? say('stolen') : null;
}

async function letGo(desk: Desk, chosen: readonly string[], key: Unlocked): Promise<void> {
  for (const id of chosen) await sendCommand(desk, id, { wish: 'leave', parameters: {} }, key);
}

const desk = await ownerDesk();
const names = await insisting(() => show(desk));
const prove = prover(form, desk);
onSubmit(form, async (by) => {
  const chosen = new FormData(form).getAll('laptop').map(String);
  if (!chosen.length) throw new Problem('Choose a laptop first.');
  if (!byId('sure', HTMLInputElement).checked)
    throw new Problem('Check the box: these laptops can then not be found.');
  await letGo(desk, chosen, await prove(by));
  const told = chosen.map((id) => ({ name: names.get(id) ?? id }));
  fillList(byId('told', HTMLUListElement), byId('told-row', HTMLTemplateElement), told);
  form.hidden = true;
  byId('done', HTMLElement).hidden = false;
  byId('done-words', HTMLElement).focus();
});
ready();
