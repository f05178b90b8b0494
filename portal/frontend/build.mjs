/**
 * Bundles src/ into portal/static/build: hashed names, manifest.json, compressed siblings and the
 * licenses of what is inside.
 *
 *   node build.mjs [--watch] [--out FOLDER] [more entry points…]
 */

import { readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';

import { assets } from './steps/assets.mjs';
import { finish } from './steps/finish.mjs';
import { verifier } from './steps/verify.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { watch: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const root = import.meta.dirname;
const outdir = resolve(values.out ?? `${root}/../static/build`);

// What pages load; each finds its hashed name in manifest.json under the name it has here.
const pages = readdirSync(`${root}/src/pages`).map((name) => `src/pages/${name}`);
const entryPoints = [
  'src/site.css',
  'src/icons.svg',
  'src/favicon.svg',
  'src/check.ts',
  ...pages,
  ...positionals.map((path) => resolve(path)),
];

const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  format: 'esm',
  minify: true,
  metafile: true,
  legalComments: 'none', // THIRD-PARTY.txt has them whole
  target: ['chrome137', 'firefox140', 'safari18.4'],
  loader: { '.svg': 'copy', '.tsv': 'text', '.txt': 'text', '.html': 'text', '.woff2': 'file' },
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
};

rmSync(outdir, { recursive: true, force: true });
const { file, plugin } = await verifier(options);
const all = {
  ...options,
  entryPoints,
  splitting: true,
  plugins: [
    assets(options),
    plugin,
    finish({ root, outdir, compress: !values.watch, made: { 'verify.html': file } }),
  ],
};
if (values.watch) await (await context(all)).watch();
else await build(all);
