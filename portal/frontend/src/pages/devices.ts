/** “Your laptops”: each by the name in the directory, with its standing and when it was heard. */

import '../tt';

import {
  health,
  type Laptop,
  laptopsOf,
  STANDING_BADGES,
  standingOf,
  type Untold,
} from '../device/laptop';
import { byId, type Fields, fill } from '../fill';
import { ready, translated } from '../page';
import type { Desk } from '../owner/desk';
import { say } from '../says';
import { insisting, ownerDesk, pauseWhileSeen } from '../visit';
import { ago, moment } from '../words';

const PAUSE_MS = 60_000;

async function show(desk: Desk): Promise<void> {
  const laptops = (await laptopsOf(desk)).toSorted((a, b) => a.name.localeCompare(b.name));
  byId('laptops', HTMLUListElement).replaceChildren(
    ...laptops.map((one) => ('why' in one ? untold(one) : card(one, desk.now()))),
  );
  byId('no-laptops', HTMLElement).hidden = laptops.length > 0;
}

function card(laptop: Laptop, now: number): HTMLElement {
  const [wrong] = [...laptop.distrust, ...laptop.doubts];
  const { lastHeard, left } = laptop.heard;
  return filled(laptop, standingOf(laptop), {
    heard: lastHeard ? say('heard', { when: ago(lastHeard, now) }) : say('never'),
    overdue: sayTrouble(laptop, now),
    left: left ? say('left', { when: moment(left) }) : null,
    wrong: wrong ? translated(wrong.sentence) : null,
  });
}

function untold(one: Untold): HTMLElement {
  return filled(one, 'unknown', { wrong: say(one.why) });
}

type Row = Pick<Laptop, 'id' | 'name'>;

function filled({ id, name }: Row, standing: keyof typeof STANDING_BADGES, said: Fields) {
  const words = { name, standing: say(`standing-${standing}`), ...said };
  const row = fill(byId('laptop', HTMLTemplateElement), words);
  row.querySelector('a')!.href = `/devices/${id}`;
  row.querySelector('[data-field="standing"]')!.classList.add(STANDING_BADGES[standing]);
  return row;
}

/** What the owner should look into, as a badge; null where all is well. */
function sayTrouble(laptop: Laptop, now: number): string | null {
  const is = health(laptop, now);
  return is === 'overdue' || is === 'left' ? say(`health-${is}`) : null;
}

const desk = await ownerDesk();
for (;;) {
  await insisting(() => show(desk));
  ready();
  await pauseWhileSeen(PAUSE_MS);
}
