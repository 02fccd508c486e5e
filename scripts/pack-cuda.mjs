// Packs masq, Node and the CUDA variant of TensorFlow for machines without a network: `node scripts/pack-cuda.mjs
// FOLDER` leaves parts of at most 60 MB there, their SHA-256 and `unpack.sh`. The clone is set up and the variant
// installed before (masq engine install --cuda). docs/engine.md says what it is for.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineFolder, inspectEngine, manifestName } from '../dist/engine/cache.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [, , target] = process.argv;
if (target === undefined) fail('usage: node scripts/pack-cuda.mjs FOLDER');
const engine = engineFolder('cuda');
const found = inspectEngine(engine);
if (found.state !== 'whole') fail(`No CUDA variant in ${engine}: run masq engine install --cuda`);

/**
 * What TensorFlow does not open to train on one card: the collective operations of several cards and machines, random
 * numbers of cuRAND, the profiler, other interfaces to the same libraries, and NVRTC for drivers older than the oldest.
 */
const leftOut = [
  /^nvidia\/(nccl|curand|cuda_cupti)\//,
  /\/libnvblas/,
  /\/libcufftw/,
  /\/libcusolverMg/,
  /\/libnvrtc.*\.alt\./,
];

const unpackScript = `#!/bin/sh
# Unpacks masq, Node and TensorFlow with CUDA into a folder, which may be moved afterwards: ./unpack.sh FOLDER
set -eu
target=\${1:?usage: ./unpack.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
(cd "$here" && sha256sum --quiet --check SHA256SUMS)
mkdir -p "$target"
cat "$here"/masq-cuda.tar.xz.* | xz --decompress --stdout | tar --extract --directory "$target"
cat > "$target/masq" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
MASQ_CACHE="$here/cache" exec "$here/node/bin/node" "$here/package/bin/masq.js" "$@"
END
chmod +x "$target/masq"
"$target/masq" engine info
`;

mkdirSync(target, { recursive: true });
for (const name of readdirSync(target))
  if (/^masq-cuda\.tar\.xz\.\d+$/.test(name)) rmSync(join(target, name));
// The tree that is packed, of links to what is where it is.
const tree = mkdtempSync(join(tmpdir(), 'masq-pack-'));
chmodSync(tree, 0o755);
try {
  linkMasq();
  link(process.execPath, 'node/bin/node');
  linkEngine();
  const kept = JSON.parse(
    readFileSync(join(tree, 'cache', 'engine', basename(engine), manifestName), 'utf8'),
  ).files;
  say(
    `Packing ${gigabytes(kept)} of TensorFlow's ${gigabytes(found.manifest.files)}, masq and Node: minutes …`,
  );
  const parts = join(resolve(target), 'masq-cuda.tar.xz.');
  const pack = [
    'set -o pipefail',
    `tar --create --dereference --exclude='*.map' --owner=0 --group=0 --numeric-owner --directory "$1" .`,
    'xz --threads=0 -1',
    'split --bytes=60000000 --numeric-suffixes --suffix-length=3 - "$2"',
  ];
  run('bash', ['-c', `${pack[0]}; ${pack.slice(1).join(' | ')}`, 'pack', tree, parts]);
  const names = readdirSync(target).filter((name) => name.startsWith(basename(parts)));
  writeFileSync(join(target, 'SHA256SUMS'), run('sha256sum', names.sort(), target));
  writeFileSync(join(target, 'unpack.sh'), unpackScript, { mode: 0o755 });
  const packed = names.map((name) => ({ bytes: statSync(join(target, name)).size }));
  say(`${names.length} parts, ${gigabytes(packed)}, in ${target}; ./unpack.sh there unpacks them.`);
} finally {
  rmSync(tree, { recursive: true });
}

/** masq as it is built, the packages it runs with, and a data set to try it on. */
function linkMasq() {
  for (const name of ['bin', 'dist', 'configs', 'data/JapaneseVowels', 'package.json', 'LICENSE']) {
    link(join(root, name), `package/${name}`);
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, optional }] of Object.entries(packages)) {
    // A package inside another's folder comes with it.
    const nested = path.lastIndexOf('node_modules/') > 0;
    if (path === '' || dev === true || nested || (optional === true && !existsSync(join(root, path))))
      continue;
    link(join(root, path), `package/${path}`);
  }
}

/** The engine without what is left out, and a manifest that says so. */
function linkEngine() {
  const folder = `cache/engine/${basename(engine)}`;
  const files = found.manifest.files.filter(({ path }) => !leftOut.some((pattern) => pattern.test(path)));
  for (const { path } of files) link(join(engine, path), `${folder}/${path}`);
  writeFileSync(join(tree, folder, manifestName), JSON.stringify({ ...found.manifest, files }, null, 2));
}

function link(from, to) {
  mkdirSync(dirname(join(tree, to)), { recursive: true });
  symlinkSync(from, join(tree, to));
}

function run(program, args, cwd) {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  });
  if (error) fail(`${program} does not run: ${error.message}`);
  if (status !== 0) fail(`${program} failed with exit status ${status}.`);
  return stdout;
}

function gigabytes(files) {
  return `${(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e9).toFixed(2)} GB`;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
