/** “Now”, its second half: battery, heat, disk, and how well the laptop is protected. */

import type { Evidence } from '../owner/verification';
import {
  type Disk,
  diskIn,
  heatIn,
  type Posture,
  postureIn,
  type Power,
  powerIn,
} from '../protocol/condition';
import type { Unread } from '../protocol/readings';
import { say } from '../says';
import { gigabytes } from '../words';
import { fact, newest, sayUnread } from './facts';

export function showCondition(reports: readonly Evidence[]): void {
  fact('battery', newest(reports, powerIn, sayBattery));
  fact(
    'heat',
    newest(reports, heatIn, ({ temperatureC }) => rounded(temperatureC, '°C')),
  );
  fact('disk', newest(reports, diskIn, sayDisk));
  showPosture(reports);
}

function sayBattery({ batteryPercent, plugged, capacityPercent }: Power): string | null {
  const percent = rounded(batteryPercent, '%');
  const worn = rounded(capacityPercent, '%');
  const charge = percent && plugged ? say('charging', { percent }) : percent;
  const now = charge ?? (plugged ? say('plugged') : null);
  return now && worn ? say('worn', { now, worn }) : now;
}

function sayDisk({ free, total }: Disk): string {
  return say('free-of', { free: gigabytes(free), total: gigabytes(total) });
}

function showPosture(reports: readonly Evidence[]): void {
  const told = (name: string, words: (posture: Posture) => string | null): void =>
    fact(name, newest(reports, postureIn, words));
  told('encryption', ({ diskEncrypted }) => item(diskEncrypted, (on) => onOrOff(on)));
  told('firewall', ({ firewallOn }) => item(firewallOn, (on) => onOrOff(on)));
  told('screen', ({ screenLocked }) =>
    item(screenLocked, (locked) => say(locked ? 'screen-locked' : 'screen-open')),
  );
  told('updates', ({ updatesWaiting }) => item(updatesWaiting, String));
  told('secure-boot', ({ secureBoot }) => item(secureBoot, (on) => onOrOff(on)));
}

/** One answer, or why it is none; its row goes where the laptop has no such thing. */
function item<T>(value: T | Unread, words: (value: T) => string): string | null {
  if (!isUnread(value)) return words(value);
  return value.unread === 'not-present' ? null : sayUnread(value);
}

function isUnread(value: unknown): value is Unread {
  return typeof value === 'object';
}

function onOrOff(on: boolean): string {
  return say(on ? 'on' : 'off');
}

function rounded(value: number | null, unit: string): string | null {
  return value === null ? null : `${Math.round(value)} ${unit}`;
}
