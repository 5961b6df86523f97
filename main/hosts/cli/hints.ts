import { z } from 'zod';
import type { Failure } from '../../../native-models/failure.ts';

type Details = Failure['details'];

const library = 'Another library: --library DIR, or SAFEDPO_LIBRARY.';
const restore = 'safedpo library backups, then safedpo library restore BACKUP';
const mapping = z.record(z.string(), z.string()).catch({});
const values = z.array(z.object({ value: z.string() })).catch([]);
const change = z
  .looseObject({
    keptLayers: z.number().optional(),
    batchSize: z.number().optional(),
    accumulate: z.number().optional(),
    precision: z.string().optional(),
    maxLength: z.number().optional(),
    lora: z.object({ rank: z.number() }).optional(),
  })
  .nullable()
  .catch(null);

/** What to type, for failures whose own words say only what to do: the app shows the same words beside its controls. */
const hints: { readonly [code: string]: (details: Details) => string | null } = {
  'already-rendered': () => '--rendered turns, or --rendered text here and --template plain when training',
  'checkpoint-damaged': ({ whole }) => (Array.isArray(whole) && whole.length > 0 ? '--step N' : null),
  'dataset-format-unknown': ({ suggestion }) => mapLine(mapping.parse(suggestion)),
  'dataset-without-preference': ({ suggestion }) => mapLine(mapping.parse(suggestion)),
  'does-not-fit-disk': () => '--library DIR for another disk, --lora-rank N for an adapter',
  'does-not-fit-memory': ({ nearestFit }) => settingsLine(nearestFit),
  'export-dtype-fixed': () => 'leave --dtype out, or --format safetensors or gguf',
  'export-loses-training': () => '--dtype float32, or --dtype float16',
  'labels-file-occupied': () => '--replace',
  'library-corrupt': () => restore,
  'library-empty': () => restore,
  'library-version-unknown': () => restore,
  'label-log-broken': () => restore,
  'library-from-newer-version': () => library,
  'library-in-use': () => library,
  'library-not-there': () => library,
  'library-read-only': () => library,
  'model-changed-meanwhile': ({ run }) => `safedpo resume ${String(run)}`,
  'no-checkpoint': ({ run }) => `safedpo resume ${String(run)}`,
  'no-safe-unsafe-pair': () => '--objective dpo',
  'not-a-library': () => library,
  'out-of-memory': ({ change: smaller }) => settingsLine(smaller),
  'port-taken': () => '--port N',
  'precision-unavailable': () => '--precision auto, --provider cpu, or --lora-rank N for an adapter',
  'prompt-column-not-used': () => '--map input=COLUMN (or context, history, system), or --leave-out COLUMN',
  'provider-computes-wrong': () => '--provider cpu',
  'provider-unavailable': () => 'safedpo doctor',
  'run-is-done': ({ run }) => `safedpo export ${String(run)}`,
  'run-not-active': ({ run }) => `safedpo resume ${String(run)}`,
  'template-written-twice': () => '--template plain',
  'unknown-preferred': () => '--map-value preferred:VALUE=A (or B, tie, unknown)',
  'unknown-verdict': () => '--map-value FIELD:VALUE=safe (or unsafe, unknown)',
  'value-meaning-unclear': ({ field, values: found }) =>
    values
      .parse(found)
      .slice(0, 8)
      .map(({ value }) => `--map-value ${quoted(`${String(field)}:${value}=MEANING`)}`)
      .join(' '),
};

/** The codes that have a hint. */
export const hintedCodes: readonly string[] = Object.keys(hints);

/** The options or command that do what a failure advises, or `null`. */
export function hintFor(code: string, details: Details): string | null {
  const hint = hints[code]?.(details) ?? null;
  return hint === '' ? null : hint;
}

/** Capitals stand where no column seemed to fit. */
function mapLine(suggested: { readonly [field: string]: string }): string {
  const parts = {
    prompt: 'PROMPT',
    responseA: 'RESPONSE_A',
    responseB: 'RESPONSE_B',
    preferred: 'PREFERRED',
    unsafeA: 'UNSAFE_A',
    unsafeB: 'UNSAFE_B',
    ...suggested,
  };
  return Object.entries(parts)
    .map(([field, column]) => `--map ${field}=${quoted(column)}`)
    .join(' ');
}

function settingsLine(nearest: unknown): string | null {
  const smaller = change.parse(nearest);
  if (smaller === null) return null;
  const { keptLayers, batchSize, accumulate, precision, maxLength, lora } = smaller;
  const options = [
    keptLayers === undefined ? null : '--checkpoint-layers on',
    batchSize === undefined ? null : `--batch-size ${batchSize} --accumulate ${accumulate ?? 1}`,
    precision === undefined ? null : `--precision ${precision}`,
    maxLength === undefined ? null : `--max-length ${maxLength}`,
    lora === undefined ? null : `--lora-rank ${lora.rank}`,
  ];
  return options.filter((option) => option !== null).join(' ');
}

function quoted(text: string): string {
  return /[^\w.:=/-]/.test(text) ? JSON.stringify(text) : text;
}
