// Lint rules, and the direction of imports: each folder of src/ imports only the folders named for it here.
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Folder → folders it may import. `browser` folders load no Node module and no native code. */
const folders = {
  shared: { imports: [], browser: false },
  engine: { imports: ['shared'] },
  layers: { imports: ['shared', 'engine/kernels'], browser: true },
  models: { imports: ['shared', 'layers'], browser: true },
  data: { imports: ['shared'] },
  track: { imports: ['shared'] },
  train: { imports: ['shared', 'engine', 'models', 'data', 'track'] },
  sweep: { imports: ['shared', 'train', 'track'] },
  report: { imports: ['shared'], typeImports: ['sweep', 'track'] },
};

/** The folders of src/sweep, which may import each other. */
const sweepFolders = ['study', 'run', 'slurm', 'statistics', 'analysis'];

/** `nested`: a folder of another one, whose files it may import too. */
function restrict(from, { imports, typeImports = [], browser = false, nested = false }) {
  const allowed = (names) => names.map((name) => `(?:\\.\\./)+${name}/`).join('|');
  const patterns = [
    {
      regex: `^(?:\\.\\./)+(?!\\.\\./|${[...imports, ...typeImports].map((n) => `${n}/`).join('|') || '$'}${nested ? '|\\w+\\.js$' : ''})`,
      message: `src/${from} may import only: ${[...imports, ...typeImports].join(', ') || 'nothing of masq'}.`,
    },
  ];
  if (typeImports.length > 0)
    patterns.push({ regex: allowed(typeImports), allowTypeImports: true, message: 'Types only.' });
  if (browser) {
    patterns.push(
      { regex: '^node:', message: `src/${from} runs in browsers: no Node modules.` },
      { regex: 'shared/node/', message: `src/${from} runs in browsers: src/shared/node needs Node.` },
      { regex: 'tfjs-node', message: `src/${from} runs on every tfjs backend: no native code.` },
    );
  }
  return {
    files: [`src/${from}/**/*.ts`],
    ignores: ['src/**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'runs/', 'studies/', 'data/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // There are no enums, and looking for them takes a tenth of the time of all rules.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // Classes are few, none is taken for another, and looking for that takes a fifth of the time of all rules.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  ...Object.entries(folders).map(([name, rule]) => restrict(name, rule)),
  restrict('shared/node', { ...folders.shared, nested: true }),
  restrict('layers/attention', { ...folders.layers, nested: true }),
  restrict('data/augment', { ...folders.data, nested: true }),
  restrict('data/read', { imports: ['shared', 'packed'], nested: true }),
  restrict('data/packed', { imports: ['shared', 'read'], nested: true }),
  restrict('data/archive', { imports: ['shared', 'read'], nested: true }),
  restrict('track/tensorboard', { ...folders.track, nested: true }),
  restrict('track/mlflow', { ...folders.track, nested: true }),
  restrict('report/plots', { ...folders.report, nested: true }),
  ...sweepFolders.map((name) =>
    restrict(`sweep/${name}`, { imports: [...folders.sweep.imports, ...sweepFolders], nested: true }),
  ),
  restrict('engine/kernels', { imports: ['shared', 'engine/kernels'], browser: true }),
  restrict('engine/tensorflow', { imports: ['shared', 'kernels'] }),
  restrict('engine/program', { imports: ['shared', 'kernels', 'tensorflow'] }),
  prettier,
);
