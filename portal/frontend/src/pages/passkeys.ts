/** Passkeys: made with the password, removed with the password. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { showCodes } from '../backup';
import { byId } from '../fill';
import { localMoments } from '../moments';
import { addPasskey } from '../owner/passkeys';
import { prove, stepUpProof } from '../owner/proof';
import { onSubmit, passwordFrom, ready } from '../page';

const add = byId('add', HTMLFormElement);
const [dialog, remove] = [byId('remove', HTMLDialogElement), byId('remove-form', HTMLFormElement)];
let leaving = '';

onSubmit(add, async () => {
  const codes = await addPasskey(api, await prove(api, passwordFrom(add), argon2id));
  if (!codes.length) return location.reload();
  add.closest('section')!.hidden = true;
  byId('held', HTMLElement).hidden = true; // of before; the link below leads to the new list
  showCodes(codes);
});

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-removes]')) {
  button.addEventListener('click', () => {
    leaving = button.dataset.removes!;
    dialog.showModal();
  });
}
byId('keep', HTMLButtonElement).addEventListener('click', () => dialog.close());
onSubmit(remove, async () => {
  const body = await stepUpProof(api, passwordFrom(remove), argon2id);
  await api.post(`/account/passkeys/${leaving}/remove`, body);
  location.reload();
});
localMoments();
ready();
