/** “What it is to do”: what the owner asks a laptop for, read from each dialog and signed there. */

import { byId } from '../fill';
import type { Desk } from '../owner/desk';
import { Problem } from '../owner/problem';
import { sendCommand } from '../owner/thefts';
import type { Content, Wish } from '../protocol/command';
import { say } from '../says';
import { stepUp } from '../stepup';

const FROM_THE_ROOT = /^(\/|[a-z]:\\)/i;
const MOST_FOLDERS = 20;

/** What a form asks for; throws Problem. `name` is the laptop's. */
type Reading = (form: FormData, name: string) => Content['parameters'];

/** What this page asks for; a rehearsal is watched step by step in the terminal. */
type Here = Exclude<Wish, 'leave' | 'drill'>;

const READINGS: Readonly<Record<Here, Reading>> = {
  'report-now': () => ({}),
  lock: () => ({}),
  message: (form) => {
    const text = typed(form, 'text');
    if (!text) throw new Problem(say('message-empty'));
    return { text };
  },
  alarm: (form) => ({ seconds: Number(typed(form, 'seconds')) }),
  wipe: (form, name) => {
    const [folders, homes] = [lines(form, 'folders'), lines(form, 'homes')];
    const [forget, dry_run] = [form.has('forget'), form.has('dry_run')];
    const count = folders.length + homes.length;
    if (!count || count > MOST_FOLDERS) throw new Problem(say('wipe-nothing'));
    if (!folders.every((path) => FROM_THE_ROOT.test(path))) throw new Problem(say('wipe-path'));
    if (!dry_run && typed(form, 'confirm') !== name) throw new Problem(say('wipe-name'));
    return { folders, homes, forget, dry_run };
  },
};

/** Each dialog is read before the password is asked of the keys: what is wrong is said at once. */
export function bindCommands(desk: Desk, id: string, nameOf: () => string): void {
  for (const [wish, read] of Object.entries(READINGS) as [Wish, Reading][]) {
    const asked = (form: HTMLFormElement): Content => ({
      wish,
      parameters: read(new FormData(form), nameOf()),
    });
    stepUp(
      wish,
      desk,
      async (key, form) => {
        await sendCommand(desk, id, asked(form), key);
        byId('sent', HTMLElement).textContent = say('asked');
      },
      asked,
    );
  }
}

function typed(form: FormData, field: string): string {
  return String(form.get(field) ?? '').trim();
}

function lines(form: FormData, field: string): string[] {
  return typed(form, field)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
