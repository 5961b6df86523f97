import { matching, refuseLines, sourceFiles } from './refuse-lines.ts';

/**
 * `npm run check:protocol`: only native-models/protocol names the files of a run folder and looks into what the engine
 * writes. Everything else uses its functions and types, which make a field that does not exist an error.
 */
const files = [
  'run.json',
  'heldout.jsonl',
  'metrics.jsonl',
  'status.json',
  'control.json',
  'samples.jsonl',
  'reference.jsonl',
  'profile.json',
  'state.json',
  'manifest.json',
  'optimizer.safetensors',
  'adapter.safetensors',
  'engine.log',
  'engine.lock',
  'engine.pid',
].join('|');
const refused = [
  // A name as a string or at the end of a path in one; sentences may mention a file.
  new RegExp(`['"\`/](${files.replaceAll('.', '[.]')})['"\`]`, 'u'),
  // What is read of an event past its type.
  /\bReflect\.get\(\s*(event|done|step|result|status)\b/u,
  /\b(event|done|step)\?*\.?\[\s*['"`](event|error|exitCode|step|logp|ids|metrics|heldOut|message)['"`]/u,
  // An event of no type.
  /\bwrite:\s*\(event:\s*object\)/u,
];
const quoted = matching(...refused);
refuseLines(
  sourceFiles(['native-models/protocol/']),
  (line) => (/^\s*(\*|\/)/u.test(line) ? null : quoted(line)),
  'A file of a run folder or a field of an event is named outside native-models/protocol:',
);
