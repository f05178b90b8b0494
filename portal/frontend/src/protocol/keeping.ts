/**
 * What of a laptop's reports may be gone, as its owner's orders say (protocol.md 4, `keep`).
 *
 * The portal deletes by the same rules; here they tell what was deleted from what is withheld.
 */

import type { Keep, Theft, Will } from './will';

export const DAY_MS = 24 * 3600 * 1000;
const WEEK_MS = 7 * DAY_MS; // what came before a theft was noticed belongs to it

type Span = readonly [begins: number, ends: number];

/**
 * The time in which one orders document was in force, up to `until` (ms). `running` is from when on
 * everything belongs to a theft that has not ended; `over` are thefts that have.
 */
interface Period {
  readonly keep: Keep;
  readonly until: number;
  readonly running: number | null;
  readonly over: readonly Span[];
}

/** Whether a report that came at `received` may have been deleted by `now`, under any of them. */
export function keeping(wills: readonly Will[], now: number): (received: number) => boolean {
  const periods = periodsOf(wills, now);
  return (received) => periods.some((period) => letsGo(period, received));
}

function letsGo({ keep, until, running, over }: Period, received: number): boolean {
  if (running !== null && received >= running) return false;
  if (received < keep.before) return true;
  if (keep.hold || received >= until - keep.days * DAY_MS) return false;
  const stays = keep.theftDays * DAY_MS;
  return !over.some(
    ([begins, ends]) => begins <= received && received <= ends && until < ends + stays,
  );
}

/** Another id is another theft, also where none said that the first was over. */
function periodsOf(wills: readonly Will[], now: number): readonly Period[] {
  const over: Span[] = [];
  let held: Theft | null = null;
  return wills.map((will, i) => {
    const { theft, keep, t } = will;
    if (held && held.id !== theft?.id) over.push([held.since - WEEK_MS, t]);
    held = theft;
    const running = theft ? theft.since - WEEK_MS : null;
    return { keep, until: wills[i + 1]?.t ?? now, running, over: [...over] };
  });
}
