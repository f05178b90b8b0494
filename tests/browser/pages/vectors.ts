/** The browser's answers to tests/vectors, for the test to lay beside Python's. */

import { unhex } from '../../../portal/frontend/src/protocol/bytes';
import * as crypto from '../../../portal/frontend/src/protocol/crypto';
import { binary } from '../../../portal/frontend/src/protocol/encoding';
import { fromJson } from '../../../portal/frontend/src/protocol/json';
import * as pairing from '../../../portal/frontend/src/protocol/pairing';
import * as vault from '../../../portal/frontend/src/protocol/vault';
import { documents, keys } from './parts/fixed';
import { make, openedMedia, sealed } from './parts/sealed';
import { flippedEnvelope, flippedMedia, flippedOrders, refusal } from './parts/tampered';

Object.assign(globalThis, {
  vectors: {
    keys,
    documents,
    sealed,
    make,
    openedMedia,
    flippedEnvelope,
    flippedOrders,
    flippedMedia,
    json: (text: string) => refusal(() => fromJson(binary(text))),
    base64: (text: string) => refusal(() => binary(text)),
    offer: (secret: string, raw: string, mac: string) =>
      refusal(() => pairing.readOffer(unhex(secret), unhex(raw), unhex(mac))),
    verify: (key: string, signature: string) =>
      refusal(() => crypto.verify(unhex(key), 'orders', unhex(signature))),
    kdf: (kdf: vault.Kdf, least: vault.Kdf) => refusal(() => vault.checkKdf(kdf, least)),
  },
});
document.documentElement.dataset.ready = '';
