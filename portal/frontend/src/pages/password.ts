/** Another password: verifier and slot are made here, the portal exchanges them at once. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { Problem } from '../owner/problem';
import { changePassword } from '../owner/proof';
import { onSubmit, ready, valueOf } from '../page';
import * as session from '../session';

const form = byId('change-password', HTMLFormElement);

onSubmit(form, async () => {
  const [held, wanted] = [valueOf('held'), valueOf('wanted')];
  if (!held) throw new Problem('Type your password.');
  if (wanted !== valueOf('again')) throw new Problem('Type the same password twice.');
  await session.keep(await changePassword(api, { held, wanted }, argon2id));
  form.reset();
  form.hidden = true;
  byId('changed', HTMLElement).hidden = false;
  byId('changed-words', HTMLElement).focus();
});
ready();
