/** A signed-in owner at work: session, portal and directory kept in step. */

import { type Api, Refused } from '../api';
import { hex } from '../protocol/bytes';
import type { OpeningKey } from '../protocol/crypto';
import { b64 } from '../protocol/encoding';
import type { Json } from '../protocol/json';
import { sealDirectory } from '../protocol/keyring';
import type { Session } from '../session';
import { type Account, openDirectory, parseAccount } from './account';
import { type Directory, directoryToJson, type Pins, withDevice } from './directory';
import { Problem } from './problem';

const TRIES = 5;

/** `keep` remembers a changed session, `now` is the clock (ms). */
export interface Tools {
  readonly api: Api;
  readonly keep: (session: Session) => Promise<void>;
  readonly now: () => number;
}

/** Sends a sealed directory where it does not go alone (a pairing). */
export type Store = (sealed: Json) => Promise<unknown>;

export class Desk {
  readonly api: Api;
  readonly now: () => number;

  constructor(
    private readonly tools: Tools,
    public session: Session,
  ) {
    this.api = tools.api;
    this.now = tools.now;
  }

  /** What the portal keeps of the account just now. */
  async account(): Promise<Account> {
    return parseAccount(await this.api.get('/account'));
  }

  async directory(): Promise<Directory> {
    return this.open(await this.account());
  }

  /**
   * The account's directory, and note its version: the portal may not go behind it.
   *
   * An answer from before a change of ours is merely old, so it is asked for once more.
   */
  async open(account: Account): Promise<Directory> {
    const { directoryKey, seen } = this.session;
    const isOld = account.directoryVersion < seen.directoryVersion;
    const now = isOld ? await this.account() : account;
    const directory = await openDirectory(now, directoryKey, seen.directoryVersion);
    await this.note(now.directoryVersion, directory);
    return directory;
  }

  /** Edit and store the directory; anew if another client was quicker. Throws Problem, Refused. */
  async change(
    edit: (directory: Directory) => Directory | Promise<Directory>,
    store: Store = (sealed) => this.api.put('/account/directory', sealed),
  ): Promise<Directory> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const account = await this.account();
      const before = await this.open(account);
      const after = await edit(before);
      if (after === before) return after;
      const version = account.directoryVersion + 1;
      if (!(await this.stored(store, version, after))) continue;
      await this.note(version, after);
      return after;
    }
    throw new Problem(
      'Another program of yours keeps changing the account. Wait a moment and try again.',
    );
  }

  private async stored(store: Store, version: number, directory: Directory): Promise<boolean> {
    const sealed = await sealDirectory(
      this.session.directoryKey,
      version,
      directoryToJson(directory),
    );
    try {
      await store({ version, sealed: b64(sealed) });
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code === 'stale-directory') return false;
      throw error;
    }
  }

  /** Edit the pins of one laptop; what it returns unchanged is not stored. */
  async pin(id: string, edit: (pins: Pins) => Pins | Promise<Pins>): Promise<Pins> {
    const after = await this.change(async (directory) => {
      const before = pinsOf(directory, id);
      const edited = await edit(before);
      return edited === before ? directory : withDevice(directory, edited);
    });
    return pinsOf(after, id);
  }

  async addKey(key: OpeningKey): Promise<void> {
    await this.update({ keys: new Map(this.session.keys).set(hex(key.id), key) });
  }

  private async note(version: number, { kdf }: Directory): Promise<void> {
    if (version > this.session.seen.directoryVersion) {
      await this.update({ seen: { ...this.session.seen, directoryVersion: version, kdf } });
    }
  }

  private async update(changes: Partial<Session>): Promise<void> {
    this.session = { ...this.session, ...changes };
    await this.tools.keep(this.session);
  }
}

/** The pins of a laptop by its id in hex; throws Problem. */
export function pinsOf(directory: Directory, id: string): Pins {
  const pins = directory.devices.get(id);
  if (!pins)
    throw new Problem('You never added this laptop, so nothing of it is believed or sent.');
  return pins;
}
