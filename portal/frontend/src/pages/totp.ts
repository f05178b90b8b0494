/** The authenticator app: begun and ended with the password, on with its first code. */

import '../tt';

import { api } from '../api';
import { argon2id } from '../argon';
import { showCodes } from '../backup';
import { byId } from '../fill';
import { localMoments } from '../moments';
import { stepUpProof } from '../owner/proof';
import { onSubmit, passwordFrom, ready, valueOf } from '../page';
import { items, type Json, text } from '../protocol/json';

/** The form, where the page has it, posts the owner's proof to `path`. */
function withProof(id: string, path: string, then: (answer: Json) => void): void {
  const form = document.getElementById(id);
  if (!(form instanceof HTMLFormElement)) return;
  onSubmit(form, async () => {
    const body = await stepUpProof(api, passwordFrom(form), argon2id);
    then(await api.post(path, body));
  });
}

function showSecret(answer: Json): void {
  byId('begin', HTMLFormElement).closest('section')!.hidden = true;
  byId('secret', HTMLElement).textContent = text(answer.secret).replace(/(.{4})(?=.)/g, '$1 ');
  // A new address each time: the picture before was of another secret.
  byId('picture', HTMLImageElement).src = `/account/totp.svg?${Date.now()}`;
  byId('confirm-card', HTMLElement).hidden = false;
  byId('confirm-title', HTMLElement).focus();
}

function showBackupCodes(answer: Json): void {
  const confirm = document.getElementById('confirm-card');
  if (confirm) confirm.hidden = true;
  showCodes(items(answer.backup_codes).map(text));
}

withProof('begin', '/account/totp', showSecret);
withProof('renew', '/account/backup-codes', showBackupCodes);
withProof('turn-off', '/account/totp/off', () => location.reload());
const confirm = document.getElementById('confirm');
if (confirm instanceof HTMLFormElement) {
  onSubmit(confirm, async () =>
    showBackupCodes(await api.post('/account/totp/confirm', { code: valueOf('code') })),
  );
}
localMoments();
ready();
