/** What can be wrong with an evidence pack: the codes and sentences of shared/packerrors.py. */

import { ProtocolError } from './errors';

const SAID = {
  'not-a-pack': 'This is not an evidence pack as it was made. Ask for the original ZIP.',
  damaged: '{file} was damaged or changed after the pack was made.',
  'missing-file': '{file} is missing from the pack.',
  'bad-manifest': "{file} does not carry the owner's signature, or cannot be read.",
  'added-file': '{file} is not part of the pack that was signed.',
  'changed-file': '{file} is not the file that was signed.',
  'bad-orders': '{file} was not signed by the owner or does not follow the orders before.',
  'foreign-owner': '{file} is signed by somebody who is not the owner of this laptop.',
  'bad-envelope': 'Report {seq} in {file} was not signed by this laptop.',
  'broken-chain': 'Report {seq} in {file} does not follow the report before it.',
  'bad-receipt': 'The receipt for report {seq} in {file} does not hold.',
  'record-mismatch': '{file} is not what the laptop signed as report {seq}.',
  'sighting-mismatch': "{file} is not what the portal's receipt for report {seq} commits to.",
  'media-mismatch': '{file} is not a picture that a shown report commits to.',
} as const;

export type Wrong = keyof typeof SAID;

/** The first thing that is wrong: a stable code, the `file` it stands in, a sentence. */
export class BrokenPack extends Error {
  constructor(
    readonly wrong: Wrong,
    readonly file: string,
    readonly seq: number | null = null,
  ) {
    super(
      SAID[wrong].replace(/\{(file|seq)\}/g, (_, name) => String(name === 'file' ? file : seq)),
    );
  }
}

/** Runs `step`; what it refuses is named as this. */
export async function orBroken<T>(
  step: () => T | Promise<T>,
  wrong: Wrong,
  file: string,
  seq: number | null = null,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ProtocolError) throw new BrokenPack(wrong, file, seq);
    throw error;
  }
}
