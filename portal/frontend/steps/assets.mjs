/** Imports that are a file of their own: `./x.worker?worker` and `basemap?url` give its URL. */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

import { basemap } from './basemap.mjs';

/** Inputs of the nested builds, which the outer build's metafile does not list. */
export const nestedInputs = new Set();

export function assets(options) {
  return {
    name: 'assets',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /\?worker$/ }, async ({ path, resolveDir, kind }) => {
        const found = await resolve(path.replace('?worker', ''), { resolveDir, kind });
        return { path: found.path, namespace: 'worker' };
      });
      onLoad({ filter: /.*/, namespace: 'worker' }, ({ path }) => worker(path, options));
      onResolve({ filter: /^basemap\?url$/ }, () => ({ path: 'basemap', namespace: 'basemap' }));
      onLoad({ filter: /.*/, namespace: 'basemap' }, () => map(options.outdir));
    },
  };
}

/** A worker is a program of its own: a hashed file, so that its header can allow it WebAssembly. */
async function worker(path, options) {
  const { metafile } = await build({ ...options, entryPoints: [path] });
  const inputs = Object.keys(metafile.inputs);
  for (const input of inputs) nestedInputs.add(input);
  const watchFiles = inputs.map((input) => join(options.absWorkingDir, input));
  return { ...urlOf(Object.keys(metafile.outputs)[0]), resolveDir: dirname(path), watchFiles };
}

function map(outdir) {
  const text = JSON.stringify(basemap());
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  const path = join(outdir, `basemap-${hash}.json`);
  mkdirSync(outdir, { recursive: true });
  writeFileSync(path, text);
  nestedInputs.add('node_modules/world-atlas/countries-50m.json');
  return urlOf(path);
}

/** Beside the module that imports it, wherever the portal is mounted. */
function urlOf(output) {
  const name = JSON.stringify(`./${basename(output)}`);
  return { contents: `export default new URL(${name}, import.meta.url).href`, loader: 'js' };
}
