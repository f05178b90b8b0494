/** One laptop: where it is, what it saw, what it was told; evidence is opened in this browser. */

import '../tt';

import { bindCommands } from '../device/commands';
import { bindKeeping, showKeeping } from '../device/keeping';
import { heardOf, type Laptop, laptopOf, ordersInForce } from '../device/laptop';
import { Drills } from '../device/drill';
import { Journal } from '../device/journal';
import { showRoute } from '../device/hops';
import { showNow } from '../device/now';
import { Album, Gallery } from '../device/snapshots';
import { showStanding, usualUserSeen } from '../device/standing';
import { Where } from '../device/where';
import { byId } from '../fill';
import { ready, translated } from '../page';
import type { Desk } from '../owner/desk';
import { makePack } from '../owner/pack';
import { Problem } from '../owner/problem';
import type { Unlocked } from '../owner/signing';
import * as thefts from '../owner/thefts';
import type { Evidence } from '../owner/verification';
import { say } from '../says';
import { stepUp } from '../stepup';
import { readEvidence } from '../vault';
import { insisting, ownerDesk, pauseWhileSeen } from '../visit';

const AT_ONCE_MS = 500;
const SOON_MS = 5_000;
const HOME_MS = 60_000;

class DevicePage {
  readonly #where = Where.begin();
  readonly #journal = new Journal();
  readonly #gallery: Gallery;
  readonly #drills: Drills;
  #laptop: Laptop | null = null;
  #shown = 0;

  constructor(
    private readonly desk: Desk,
    private readonly id: string,
  ) {
    const album = new Album(desk.api);
    this.#gallery = new Gallery(album);
    this.#drills = new Drills(album);
    this.#drills.bind(desk, id, () => this.read());
  }

  /** Orders first, then evidence as it is opened, then all of it checked. */
  async read(): Promise<void> {
    const past = this.#laptop?.result ?? null;
    const before = this.#laptop?.evidence ?? [];
    const bare = { ...(await laptopOf(this.desk, this.id)), evidence: before };
    await this.#show(bare);
    const opening = new Opening((evidence) => void this.#glance({ ...bare, evidence }), before);
    const result = await readEvidence(this.desk, this.id, opening, past);
    opening.end();
    const { orders, findings: distrust } = result.orders;
    await this.#show({ ...bare, orders, distrust, evidence: result.evidence, result });
    ready();
  }

  /** Something new: orders, evidence, or the laptop was heard. */
  async look(): Promise<void> {
    const [held, heard] = [this.#laptop, await heardOf(this.desk, this.id)];
    const { head, knownSerial } = held?.heard ?? {};
    if (!held || head !== heard.head || knownSerial !== heard.knownSerial) return this.read();
    await this.#show({ ...held, heard });
  }

  /** All since the last theft began, signed, for whoever has to check it offline. */
  async pack(key: Unlocked): Promise<void> {
    const result = this.#laptop?.result;
    if (!result) throw new Problem(say('pack-early'));
    const { blob, shown, findings } = await makePack(this.desk, this.id, result, {}, key);
    const day = new Date(this.desk.now()).toISOString().slice(0, 10);
    download(blob, `homeward-evidence-${day}-${this.id.slice(0, 6)}.zip`);
    const missing = findings.map(({ sentence }) => translated(sentence)).join(' ');
    byId('packed', HTMLElement).textContent = say('packed', { count: shown, missing });
  }

  /** Say anew that it is stolen, in answer to what it said itself. */
  async confirm(key: Unlocked): Promise<void> {
    const seen = this.#laptop && usualUserSeen(this.#laptop);
    if (seen) await thefts.stillStolen(this.desk, this.id, seen, key);
  }

  /** Often while every minute counts: a theft, or a laptop that was just added. */
  get isDue(): boolean {
    const standing = this.#laptop && ordersInForce(this.#laptop)?.will.standing;
    const calm = standing === 'home' && this.#laptop?.evidence.length;
    return this.isUrgent || !calm || this.desk.now() - this.#shown >= HOME_MS;
  }

  /** Seconds are being counted. */
  get isUrgent(): boolean {
    return this.#drills.isWaiting;
  }

  get name(): string {
    return this.#laptop?.name ?? '';
  }

  async #glance(laptop: Laptop): Promise<void> {
    if (!this.#laptop?.result) await this.#show(laptop);
  }

  async #show(laptop: Laptop): Promise<void> {
    this.#laptop = laptop;
    const now = (this.#shown = this.desk.now());
    byId('name', HTMLElement).textContent = laptop.name;
    document.title = document.title.replace(/^[^·]*/, `${laptop.name} `);
    showStanding(laptop, now);
    showNow(laptop, now);
    showRoute(laptop);
    this.#drills.show(laptop, now);
    showKeeping(laptop);
    this.#journal.show(laptop);
    this.#gallery.show(laptop);
    await this.#where.show(laptop);
  }
}

/** The progress bar, and the first picture: the newest reports as soon as they are open. */
class Opening {
  readonly #bar = byId('progress', HTMLProgressElement);
  #count = 0;
  #drawn: boolean;

  constructor(
    private readonly draw: (evidence: readonly Evidence[]) => void,
    before: readonly Evidence[],
  ) {
    this.#drawn = before.length > 0;
    byId('opening', HTMLElement).hidden = this.#drawn;
  }

  readonly fetched = (count: number, total: number | null): void => {
    this.#bar.max = 2 * (total ?? count);
    this.#bar.value = count + this.#count;
    if (!this.#count) this.#say(say('fetched', { count }));
  };

  readonly glanced = (evidence: readonly Evidence[]): void => {
    if (!this.#drawn) this.draw(evidence);
    this.#drawn = true;
  };

  readonly opened = (count: number): void => {
    this.#count += count;
    this.#bar.value += count;
    this.#say(say('opened', { count: this.#count }));
  };

  end(): void {
    byId('opening', HTMLElement).hidden = true;
  }

  #say(text: string): void {
    byId('opening', HTMLElement).querySelector('p')!.textContent = text;
  }
}

function bind(page: DevicePage, desk: Desk, id: string): void {
  stepUp('mark-stolen', desk, async (key, form) => {
    await thefts.stolen(desk, id, mandateIn(form), key);
    await page.read();
  });
  stepUp('still-stolen', desk, async (key) => {
    await page.confirm(key);
    await page.read();
  });
  stepUp('recovered', desk, async (key) => {
    await thefts.recovered(desk, id, key);
    await page.read();
  });
  bindCommands(desk, id, () => page.name);
  bindKeeping(desk, id, () => page.read());
  stepUp('pack', desk, (key) => page.pack(key));
  byId('report', HTMLButtonElement).addEventListener('click', () =>
    location.assign(`/devices/${id}/report`),
  );
}

function mandateIn(form: HTMLFormElement): thefts.Mandate {
  const said = new FormData(form);
  return {
    days: Number(said.get('days')),
    note: String(said.get('note') ?? ''),
    camera: said.has('camera'),
    tellAtOnce: said.has('tell-at-once'),
  };
}

/** To the owner's disk, without a detour over any server. */
function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const id = byId('device', HTMLElement).dataset.device!;
const desk = await ownerDesk();
const page = new DevicePage(desk, id);
bind(page, desk, id);
await insisting(() => page.read());
for (;;) {
  const soon = performance.now() + SOON_MS;
  do await pauseWhileSeen(AT_ONCE_MS);
  while (!page.isUrgent && performance.now() < soon);
  if (page.isDue) await insisting(() => page.look());
}
