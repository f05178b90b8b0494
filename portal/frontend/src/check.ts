/**
 * Sends browsers that cannot hold an owner's keys to the page that says so.
 *
 * Loaded as a plain script before everything else, so it is written for any browser there is.
 */

function tooOld(): void {
  location.replace('/browser');
}

if (typeof indexedDB === 'undefined' || typeof BroadcastChannel === 'undefined') tooOld();
else if (!globalThis.crypto || !crypto.subtle)
  tooOld(); // also where a page came without TLS
else crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']).then(null, tooOld);
