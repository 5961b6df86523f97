/** Folder rules of ARCHITECTURE.md, enforced. */
/** In each of these a folder may import the folders listed before it, never one after it. */
const engineLayers = [
  'vocabulary',
  'files',
  'numbers',
  'protocol',
  'graph',
  'autodiff',
  'layers',
  'families',
  'decoder',
  'formats',
  'model-folder',
  'text',
  'parameters',
  'objectives',
  'optimizers',
  'runtime',
  'engine',
  'sample',
];
/** Beside main.ts, which starts each task. */
const taskLayers = ['graphs', 'model', 'infer', 'train', 'probe', 'export'];
const serviceLayers = [
  'library',
  'statistics',
  'projects',
  'labels',
  'foreign',
  'datasets',
  'transform',
  'hardware',
  'engine',
  'providers',
  'models',
  'runs',
  'evaluation',
  'review',
  'exports',
  'trash',
  'foreign-process',
  'diagnostics',
  'notices',
  'dispatch',
  'operations',
  'hosts',
  'shell',
];
const pageLayers = ['kit', 'shared', 'screens', 'app'];

const order = (root, layers) =>
  layers.slice(0, -1).map((folder, index) => ({
    name: `${root}-order-${folder}`,
    severity: 'error',
    from: { path: `^${root}/${folder}/`, pathNot: '[.](test|fixture)[.]ts$' },
    to: { path: `^${root}/(${layers.slice(index + 1).join('|')})/` },
  }));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'engine-is-alone',
      severity: 'error',
      from: { path: '^native-models/' },
      to: { path: '^(main|preload|renderer)/' },
    },
    {
      name: 'preload-knows-no-service',
      severity: 'error',
      from: { path: '^preload/' },
      to: { path: '^(main|native-models/(?!vocabulary/)|renderer)/' },
    },
    {
      name: 'renderer-knows-the-contract-only',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|native-models/(?!vocabulary/))|^preload/(?!contract/)' },
    },
    // Values of these bring zod into the page, whose probe for eval its policy refuses and reports.
    {
      name: 'page-without-zod',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^preload/contract/(operations/|fields|wire|review-filter)|^native-models/vocabulary/settings-schema',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'main-knows-no-renderer', severity: 'error', from: { path: '^main/' }, to: { path: '^renderer/' } },
    {
      name: 'electron-in-the-shell-only',
      severity: 'error',
      from: { path: '.', pathNot: '^(main/shell|main/hosts/find-electron|preload/electron|test)' },
      to: { path: '^electron$|node_modules/electron/' },
    },
    {
      name: 'contract-is-portable',
      severity: 'error',
      from: { path: '^preload/contract/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-knows-no-database',
      severity: 'error',
      from: { path: '^native-models/' },
      to: { path: 'better-sqlite3' },
    },
    {
      name: 'runtime-without-telemetry',
      comment: "onnx-runtime.ts turns the runtime's telemetry off before it loads it.",
      severity: 'error',
      from: { pathNot: '^native-models/runtime/onnx-runtime[.]ts$' },
      to: { path: 'onnxruntime-node', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'vocabulary-imports-nothing',
      comment: 'So that every side may use it. Schemas of zod are made in settings-schema.ts alone.',
      severity: 'error',
      from: { path: '^native-models/vocabulary/', pathNot: '[.]test[.]ts$|settings-schema[.]ts$' },
      to: { pathNot: '^native-models/vocabulary/' },
    },
    {
      name: 'protocol-stands-on-the-vocabulary',
      comment: 'What the engine and its services exchange: neither is known here, only how files are read and written.',
      severity: 'error',
      from: { path: '^native-models/protocol/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^(native-models|main|preload|renderer)/',
        pathNot: '^native-models/(protocol/|vocabulary/|failure[.]ts|files/)',
      },
    },
    ...order('native-models', engineLayers),
    ...order('native-models/engine', taskLayers),
    ...order('main', serviceLayers),
    ...order('renderer', pageLayers),
    {
      name: 'screens-are-apart',
      comment: 'What two screens need lies in renderer/shared.',
      severity: 'error',
      from: { path: '^renderer/screens/([^/]+)/' },
      to: { path: '^renderer/screens/', pathNot: '^renderer/screens/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.svelte', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
