/** A row of “Now”: the newest that was read about it, or why nothing was. */

import type { Evidence } from '../owner/verification';
import { isRead, type Record, type Unread } from '../protocol/readings';
import { sayOr } from '../says';

type Take<T> = (record: Record) => T | Unread | null;

/** The newest report that says anything about it, even if only why not. */
export function newest<T extends object>(
  reports: readonly Evidence[],
  take: Take<T>,
  inWords: (reading: T) => string | null,
): string | null {
  for (const { record } of reports.toReversed()) {
    const reading = record && take(record);
    if (reading === null) continue;
    return isRead(reading) ? inWords(reading as T) : sayUnread(reading as Unread);
  }
  return null;
}

export function sayUnread({ unread }: Unread): string {
  return sayOr(`unread-${unread}`, unread);
}

/** Its row is hidden where nothing is known. */
export function fact(name: string, words: string | null): void {
  const row = document.querySelector<HTMLElement>(`[data-fact="${name}"]`);
  if (!row) throw new Error(`this page lacks the fact “${name}”`);
  row.hidden = words === null;
  row.querySelector('dd')!.textContent = words;
}
