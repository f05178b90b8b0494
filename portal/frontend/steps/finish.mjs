/** After each build: manifest.json, THIRD-PARTY.txt, and compressed siblings for the server. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import { nestedInputs } from './assets.mjs';

/** `made` are files of the build beside esbuild's own, by the name a page asks for. */
export function finish({ root, outdir, compress, made }) {
  return {
    name: 'finish',
    setup({ onEnd }) {
      onEnd(async ({ errors, metafile }) => {
        if (errors.length) return;
        writeFileSync(join(outdir, 'manifest.json'), manifest(metafile, made));
        writeFileSync(join(outdir, 'THIRD-PARTY.txt'), notices(root, metafile));
        if (compress) await compressAll(outdir);
      });
    },
  };
}

/** {"site.css": "site-ABC.css"}: from the name a page asks for to the file that holds it. */
function manifest({ outputs }, made) {
  const entries = Object.entries(outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([path, { entryPoint }]) => [
      basename(entryPoint).replace(/\.ts$/, '.js'),
      basename(path),
    ]);
  const all = [...entries, ...Object.entries(made)];
  return JSON.stringify(Object.fromEntries(all.sort()), null, 1);
}

/** License texts of every package that got into a bundle, and of the committed icons. */
function notices(root, { inputs }) {
  const packages = [...Object.keys(inputs), ...nestedInputs]
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter(Boolean);
  const texts = [...new Set(packages)].sort().map((name) => notice(root, name));
  const icons = `lucide (icons)\n\n${readFileSync(join(root, 'src/icons.LICENSE'), 'utf8')}`;
  return [...texts, icons].join(`\n${'-'.repeat(72)}\n\n`);
}

function notice(root, name) {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const found = file ? join(folder, file) : join(root, 'src', `${name}.LICENSE`); // left out of it
  if (!existsSync(found)) throw new Error(`${name} has no license file; put one at ${found}`);
  return `${name} ${version} (${license})\n\n${readFileSync(found, 'utf8')}`;
}

const COMPRESSIBLE = /\.(css|js|json|svg|txt)$/;

async function compressAll(outdir) {
  const names = (await readdir(outdir)).filter((name) => COMPRESSIBLE.test(name));
  await Promise.all(names.map((name) => compressOne(join(outdir, name))));
}

async function compressOne(path) {
  const data = await readFile(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(data, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(data, { level: 9 }));
}
