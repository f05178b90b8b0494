/** What can be wrong with evidence, each with a stable code and a sentence; none is ever hidden. */

const SAID = {
  'bad-orders': 'Orders {serial} were not signed by you or do not follow the ones before.',
  'orders-rolled-back':
    'The portal shows orders up to {found} only; you have signed at least {serial}.',
  'orders-replaced': 'Orders {serial} are not the ones this account has signed before.',
  'orders-withheld': 'Report {seq} was made under orders {serial}, which the portal does not show.',
  'device-key-changed':
    'The portal names other keys for this laptop than it was paired with; the paired ones were used.',
  'strange-laptop': 'The portal lists this laptop as yours, but you never added it.',
  malformed: 'Row {row} of the portal’s answer is not a report.',
  grafted: 'Report {seq} was made by another laptop.',
  'bad-signature': 'Report {seq} was not signed by this laptop, or was changed since.',
  replayed: 'Report {seq} was handed over a second time.',
  reordered: 'Report {seq} was handed over out of its order.',
  gap: 'Reports {first} to {last} are missing.',
  fork:
    'Report {seq} exists in two versions that this laptop signed: its memory was copied or set ' +
    'back, or reports were exchanged.',
  'segment-start':
    'Before report {seq} the laptop lost its memory; what it had not yet sent is gone.',
  rollback: 'Report {seq} is not the one that was checked here earlier.',
  truncated: 'The portal stops at report {found}, but report {seq} was there before.',
  'erased-body': 'The content of report {seq} was erased; its place in the order is proven.',
  'body-mismatch': 'The content of report {seq} is not the one the laptop signed.',
  'cannot-open':
    'Report {seq} cannot be opened with the keys in this browser. If you added this laptop ' +
    'elsewhere, sign out and in once more.',
  'commit-mismatch': 'The content of report {seq} is not the one its header commits to.',
  'bad-receipt': 'The receipt with report {seq} was not signed by this portal.',
  'no-receipt': 'The portal shows no receipt for reports {first} to {last}.',
  'unknown-portal-key':
    'The receipt with report {seq} is signed by a portal key that was not known at pairing. Ask ' +
    'the operator whether the portal has a new key.',
  'receipt-contradiction':
    'A receipt the portal signed says report {about} was different or was there; what it shows ' +
    'now contradicts it (seen with report {seq}).',
  'missing-sighting': 'What the portal saw of report {seq}’s connection was erased.',
  'sighting-mismatch':
    'What the portal saw of report {seq}’s connection is not what its receipt commits to.',
  'missing-media': 'Picture {index} of report {seq} is not at the portal: not sent yet, or erased.',
  'media-mismatch': 'Picture {index} of report {seq} is not the one the laptop signed.',
} as const;

/** Every sentence, with its facts in braces. */
export const SENTENCES: readonly string[] = Object.values(SAID);

export type Code = keyof typeof SAID;

export const CODES = Object.keys(SAID) as readonly Code[];

/**
 * Losses that can be honest: the retention the owner chose, a laptop that lost its memory, a
 * picture still on its way. They are shown, and what is there is still genuine and in order.
 */
export const LOSSES: ReadonlySet<Code> = new Set<Code>([
  'segment-start',
  'erased-body',
  'missing-sighting',
  'missing-media',
]);

/** Of a report that is gone because its owner's orders say so, these are no findings. */
export const BY_CHOICE: ReadonlySet<Code> = new Set<Code>(['erased-body', 'missing-sighting']);

/** `seq` is the report it is about, where it is about one. */
export interface Finding {
  readonly code: Code;
  readonly sentence: string;
  readonly seq: number | null;
}

export type Facts = Readonly<Record<string, number>>;

export function found(code: Code, seq: number | null = null, facts: Facts = {}): Finding {
  const named: Readonly<Record<string, number | null>> = { ...facts, seq };
  const sentence = SAID[code].replace(/\{(\w+)\}/g, (_, name: string) => String(named[name]));
  return { code, sentence, seq };
}
