/**
 * verify.html in one file: opened from a disk it has no header to protect it, so script and style
 * stand inline and a policy in the page names them by their hashes.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

import { nestedInputs } from './assets.mjs';

/** Builds it into the outdir; its hashed name there, and `verify?url` for scripts. */
export async function verifier(options) {
  const folder = join(options.absWorkingDir, 'src/verify');
  const script = await bundled(options, join(folder, 'main.ts'));
  const style = await bundled(options, join(folder, 'style.css'));
  const text = readFileSync(join(folder, 'page.html'), 'utf8')
    .replace(/\s*\/\* style \*\/\s*/, () => style)
    .replace(/\s*\/\* script \*\/\s*/, () => script)
    .replace("'style-hash'", `'sha256-${digest(style, 'base64')}'`)
    .replace("'script-hash'", `'sha256-${digest(script, 'base64')}'`);
  const file = `verify-${digest(text, 'hex').slice(0, 8).toUpperCase()}.html`;
  mkdirSync(options.outdir, { recursive: true });
  writeFileSync(join(options.outdir, file), text);
  return { file, plugin: plugin(file) };
}

async function bundled(options, entry) {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [entry],
    format: 'iife',
    write: false,
  });
  for (const input of Object.keys(metafile.inputs)) nestedInputs.add(input);
  return outputFiles[0].text.trim();
}

function digest(text, encoding) {
  return createHash('sha256').update(text).digest(encoding);
}

function plugin(file) {
  const contents = `export default new URL('./${file}', import.meta.url).href`;
  return {
    name: 'verifier',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^verify\?url$/ }, () => ({ path: 'verify', namespace: 'verifier' }));
      onLoad({ filter: /.*/, namespace: 'verifier' }, () => ({ contents, loader: 'js' }));
    },
  };
}
