/** A forgotten password: the code on paper opens the account, a new password closes it. */

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { recover, setPassword } from '../owner/account';
import { Desk } from '../owner/desk';
import { replaceCode } from '../owner/papercode';
import { checkPassword } from '../owner/passwords';
import { Problem } from '../owner/problem';
import { email, goTo, onSubmit, ready, valueOf } from '../page';
import { Malformed } from '../protocol/errors';
import { newRecovery, readRecovery, recoveryText } from '../protocol/vault';
import { showRecovery } from '../recovery';
import { prepareSecond, withSecond } from '../second';
import * as session from '../session';

const form = byId('forgotten', HTMLFormElement);
prepareSecond(form);
onSubmit(form, async () => {
  const [who, code, password] = [email(), readable(valueOf('code')), valueOf('password')];
  checkPassword(password, who); // before the code is used, so that nothing is half done
  const back = await withSecond((second) => recover(api, who, code, second));
  const fresh = await setPassword(api, back, password, argon2id);
  await session.keep(fresh);
  const desk = new Desk({ api, keep: (now) => session.keep(now), now: Date.now }, fresh);
  const next = newRecovery();
  showRecovery(byId('form-step', HTMLElement), recoveryText(next), async () => {
    await replaceCode(desk, back, next);
    goTo('/devices');
  });
});
ready();

/** The code as typed, if it can be one at all. */
function readable(code: string): string {
  try {
    readRecovery(code);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new Problem(
      'This is not a whole recovery code. It has eight groups of four letters and digits.',
    );
  }
  return code;
}
