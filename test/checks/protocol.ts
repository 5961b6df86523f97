import { globSync, readFileSync } from 'node:fs';

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
const found = globSync('{main,native-models,preload,renderer}/**/*.{ts,svelte}')
  .filter((file) => !file.startsWith('native-models/protocol/') && !file.endsWith('.test.ts'))
  .flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        !/^\s*(\*|\/)/u.test(line) && refused.some((pattern) => pattern.test(line))
          ? [`${file}:${index + 1}: ${line.trim()}`]
          : [],
      ),
  );
if (found.length > 0) {
  console.error(
    `A file of a run folder or a field of an event is named outside native-models/protocol:\n${found.join('\n')}`,
  );
  process.exitCode = 1;
}
