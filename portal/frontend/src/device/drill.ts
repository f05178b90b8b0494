/** “Try it out”: a theft rehearsed at home, in seconds from the press to what can be read. */

import { byId, fillList } from '../fill';
import type { Desk } from '../owner/desk';
import * as thefts from '../owner/thefts';
import type { Evidence } from '../owner/verification';
import { unreadIn } from '../protocol/readings';
import { say, sayOr } from '../says';
import { stepUp } from '../stepup';
import { moment } from '../words';
import { type Laptop, ordersInForce } from './laptop';
import { type Album, shotsOf } from './snapshots';

const MONTH_DAYS = 30;
const GRACE_DAYS = 3; // a laptop may lie shut over a long weekend
const DAY_MS = 24 * 3600 * 1000;
const PATIENCE_MS = 10 * 60_000;

export class Drills {
  /** When it was pressed on this page, by the clock that nobody sets (ms). */
  #pressed: number | null = null;
  #before = -1;
  #last = -1;
  /** What this page saw arrive: seconds from the press. */
  readonly #took = new Map<string, number>();

  constructor(private readonly album: Album) {}

  bind(desk: Desk, id: string, read: () => Promise<void>): void {
    stepUp('drill', desk, async (key) => {
      const pressed = performance.now();
      await thefts.sendCommand(desk, id, { wish: 'drill', parameters: {} }, key);
      [this.#pressed, this.#before] = [pressed, this.#last];
      this.#took.clear();
      byId('drill-last', HTMLElement).textContent = say('drill-asked');
    });
    for (const [dialog, days] of Object.entries({ monthly: MONTH_DAYS, 'not-monthly': 0 })) {
      stepUp(dialog, desk, async (key) => {
        await thefts.drillEvery(desk, id, days, key);
        await read();
      });
    }
  }

  /** Its report is awaited: the page looks often. */
  get isWaiting(): boolean {
    return this.#pressed !== null && performance.now() - this.#pressed < PATIENCE_MS;
  }

  show(laptop: Laptop, now: number): void {
    const will = ordersInForce(laptop)?.will;
    byId('not-monthly-choice', HTMLElement).hidden = !will?.drillDays;
    byId('monthly-choice', HTMLElement).hidden = Boolean(will?.drillDays);
    const found = laptop.evidence.findLast(({ record }) => record?.said.why === 'drill');
    if (!found && this.#pressed !== null) return;
    const late = now - Math.max(found?.moment ?? 0, will?.t ?? 0);
    byId('drill-late', HTMLElement).hidden =
      !will?.drillDays || late <= (will.drillDays + GRACE_DAYS) * DAY_MS;
    if (found && (this.#pressed === null || found.seq > this.#before)) this.#tell(laptop, found);
    else if (!found) byId('drill-last', HTMLElement).textContent = say('drill-never');
    this.#last = found?.seq ?? -1;
  }

  #tell(laptop: Laptop, found: Evidence): void {
    const readings = Object.entries((found.record?.said.readings ?? {}) as object);
    for (const [name] of readings) if (name !== 'camera') this.#arrived(name);
    const shot = shotsOf(laptop).find(({ from }) => from.seq === found.seq);
    if (!shot) this.#arrived('camera');
    else if (this.#pressed !== null) {
      void this.album.open(shot).then((opened) => {
        if ('code' in opened) return;
        this.#arrived('camera');
        this.#list(readings);
        this.#pressed = null;
      });
    }
    byId('drill-last', HTMLElement).textContent = say('drill-last', { when: moment(found.moment) });
    this.#list(readings);
  }

  #arrived(name: string): void {
    if (this.#pressed === null || this.#took.has(name)) return;
    this.#took.set(name, (performance.now() - this.#pressed) / 1000);
  }

  #list(readings: readonly (readonly [string, unknown])[]): void {
    const rows = readings.map(([name, value]) => {
      const [unread, took] = [unreadOf(value), this.#took.get(name)];
      const told = unread ? sayOr(`unread-${unread}`, unread) : say('drill-read');
      const seconds = took === undefined ? '' : say('drill-took', { seconds: took.toFixed(1) });
      return { name: sayOr(`sensor-${name}`, name.slice(0, 30)), told, seconds };
    });
    fillList(byId('drill-rows', HTMLElement), byId('drill-row', HTMLTemplateElement), rows);
  }
}

function unreadOf(value: unknown): string | null {
  try {
    return unreadIn(value)?.unread ?? null;
  } catch {
    return 'malformed';
  }
}
