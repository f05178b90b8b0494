/**
 * Trusted Types: the only places where text may become code or markup. Imported first.
 *
 * With no controls of its own, the map needs one: it measures text with innerHTML = 'M'.
 */

import argonUrl from './argon.worker.ts?worker';
import vaultUrl from './vault.worker.ts?worker';

const MEASURE = 'M';
const WORKERS = new Set([argonUrl, vaultUrl]);

interface Policies {
  createPolicy(
    name: string,
    rules: {
      createHTML(text: string): string;
      createScriptURL(url: string): string;
    },
  ): unknown;
}

// Firefox has them since 148, Safari since 26; before, the Content Security Policy stands alone.
const { trustedTypes } = globalThis as { trustedTypes?: Policies };

trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text !== MEASURE) throw new TypeError('no markup is made from text here');
    return text;
  },
  createScriptURL(url) {
    if (!WORKERS.has(url)) throw new TypeError('not one of our workers');
    return url;
  },
});
