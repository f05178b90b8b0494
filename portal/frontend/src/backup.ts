/** Backup codes on the page, this once. */

import { byId, fillList } from './fill';

/** An empty list shows nothing. */
export function showCodes(codes: readonly string[]): void {
  if (!codes.length) return;
  const rows = codes.map((code) => ({ code }));
  fillList(byId('codes', HTMLUListElement), byId('backup-code', HTMLTemplateElement), rows);
  byId('codes-card', HTMLElement).hidden = false;
  byId('codes-title', HTMLElement).focus();
}
