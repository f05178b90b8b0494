/** Add a laptop: the code from its screen, its fingerprint to compare, the password, done. */

import '../tt';

import { byId } from '../fill';
import { onSubmit, type Pressed, ready, valueOf } from '../page';
import { pair, type Waiting, waitingLaptop } from '../owner/pairing';
import { Problem } from '../owner/problem';
import { BadMac, ProtocolError } from '../protocol/errors';
import { fingerprint } from '../protocol/pairing';
import { say } from '../says';
import { prover } from '../stepup';
import { insisting, ownerDesk, signedIn } from '../visit';

const desk = await ownerDesk();
const code = byId('code', HTMLInputElement);
const [find, add] = [byId('find', HTMLFormElement), byId('add', HTMLFormElement)];
const found = byId('found', HTMLElement);
const prove = prover(add, desk);
let waiting: Waiting | null = null;

/** Throws Problem with what to do. */
async function findLaptop(): Promise<void> {
  try {
    waiting = await signedIn(() => waitingLaptop(desk, code.value));
  } catch (error) {
    if (error instanceof BadMac) throw new Problem(say('wrong-offer'));
    if (error instanceof ProtocolError) throw new Problem(say('wrong-code'));
    throw error;
  }
  found.hidden = false;
  byId('laptop-name', HTMLInputElement).focus();
}

async function addLaptop(by: Pressed): Promise<void> {
  const laptop = waiting;
  if (!laptop) throw new Problem(say('wrong-code'));
  const id = await signedIn(async () =>
    pair(desk, laptop, valueOf('laptop-name'), await prove(by)),
  );
  location.replace(`/devices/${id}`); // the code in the address is used up
}

/** Another code means another laptop: what was found before is not the one to add. */
function forget(): void {
  waiting = null;
  found.hidden = true;
}

onSubmit(find, findLaptop);
onSubmit(add, addLaptop);
code.addEventListener('input', forget);
await insisting(async () => {
  const { ownerKey } = await desk.directory();
  byId('fingerprint', HTMLElement).textContent = await fingerprint(ownerKey);
});
const [, shown] = location.hash.split('#');
if (shown) {
  code.value = shown;
  find.requestSubmit();
}
ready();
