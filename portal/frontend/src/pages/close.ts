/** Closing the account: the day and the password once more; the page then says what is planned. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { byId } from '../fill';
import { localMoments } from '../moments';
import { stepUpProof } from '../owner/proof';
import { onSubmit, passwordFrom, ready } from '../page';

const form = byId('close', HTMLFormElement);
onSubmit(form, async () => {
  const proof = await stepUpProof(api, passwordFrom(form), argon2id);
  const days = Number(byId('days', HTMLSelectElement).value);
  await api.post('/account/closing', { ...proof, days });
  location.reload();
});
localMoments();
ready();
