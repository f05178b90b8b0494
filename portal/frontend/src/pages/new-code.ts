/** A new recovery code: made here, shown once, in force when it is on paper. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { replaceCode } from '../owner/papercode';
import { prove } from '../owner/proof';
import { onSubmit, passwordFrom, ready } from '../page';
import { newRecovery, recoveryText } from '../protocol/vault';
import { showRecovery } from '../recovery';
import { ownerDesk } from '../visit';

const desk = await ownerDesk();
const form = byId('new-code', HTMLFormElement);
onSubmit(form, async () => {
  const owner = await prove(api, passwordFrom(form), argon2id);
  const code = newRecovery();
  showRecovery(byId('form-step', HTMLElement), recoveryText(code), async () => {
    await replaceCode(desk, owner, code);
    byId('check-step', HTMLElement).hidden = true;
    byId('done', HTMLElement).hidden = false;
    byId('done-words', HTMLElement).focus();
  });
});
ready();
