/** “Your laptops”: each by the name in the directory, with its standing and when it was heard. */

import '../tt';

import { health, type Laptop, laptopOf, STANDING_BADGES, standingOf } from '../device/laptop';
import { byId, fill } from '../fill';
import { ready, translated } from '../page';
import type { Desk } from '../owner/desk';
import { say } from '../says';
import { insisting, ownerDesk, pauseWhileSeen } from '../visit';
import { ago, moment } from '../words';

const PAUSE_MS = 60_000;

async function show(desk: Desk): Promise<void> {
  const { devices } = await desk.directory();
  const laptops = await Promise.all([...devices.keys()].map((id) => laptopOf(desk, id)));
  const sorted = laptops.sort((a, b) => a.name.localeCompare(b.name));
  byId('laptops', HTMLUListElement).replaceChildren(
    ...sorted.map((laptop) => card(laptop, desk.now())),
  );
  byId('no-laptops', HTMLElement).hidden = sorted.length > 0;
}

function card(laptop: Laptop, now: number): HTMLElement {
  const standing = standingOf(laptop);
  const [wrong] = [...laptop.distrust, ...laptop.doubts];
  const { lastHeard, left } = laptop.heard;
  const filled = fill(byId('laptop', HTMLTemplateElement), {
    name: laptop.name,
    standing: say(`standing-${standing}`),
    heard: lastHeard ? say('heard', { when: ago(lastHeard, now) }) : say('never'),
    overdue: sayTrouble(laptop, now),
    left: left ? say('left', { when: moment(left) }) : null,
    wrong: wrong ? translated(wrong.sentence) : null,
  });
  filled.querySelector('a')!.href = `/devices/${laptop.id}`;
  filled.querySelector('[data-field="standing"]')!.classList.add(STANDING_BADGES[standing]);
  return filled;
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
