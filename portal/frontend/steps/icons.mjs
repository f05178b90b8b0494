/**
 * Collects the icons we use into src/icons.svg, after a name was added here:
 *
 *   npm install --no-save lucide-static@1.62.0 && node steps/icons.mjs
 *
 * The result is committed, because the set it comes from is too large to fetch with every build.
 */

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

// prettier-ignore
const NAMES = [
  'battery-charging', 'battery-medium', 'bell', 'camera', 'check', 'chevron-down', 'chevron-right',
  'circle-alert', 'circle-check', 'circle-user', 'clock', 'cloud-off', 'copy', 'credit-card',
  'download', 'eye', 'eye-off', 'file-text', 'fingerprint', 'globe', 'hard-drive', 'history',
  'house', 'image-off', 'info', 'key-round', 'laptop', 'life-buoy', 'list', 'locate-fixed', 'lock',
  'lock-open', 'log-out', 'mail', 'map-pin', 'maximize', 'menu', 'message-square', 'minus',
  'network', 'plus', 'printer', 'qr-code', 'refresh-cw', 'route', 'scan-eye', 'settings',
  'shield-check', 'siren', 'thermometer', 'trash-2', 'triangle-alert', 'users', 'volume-2', 'wifi',
  'x',
];

const folder = new URL('../node_modules/lucide-static/', import.meta.url);
const symbols = NAMES.map((name) => {
  const svg = readFileSync(new URL(`icons/${name}.svg`, folder), 'utf8');
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)[1].replace(/\s*\n\s*/g, '');
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
});
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`;
writeFileSync(new URL('../src/icons.svg', import.meta.url), sprite);
copyFileSync(new URL('LICENSE', folder), new URL('../src/icons.LICENSE', import.meta.url));
