import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { largestOf } from '../../native-models/extremes.ts';
import type { PublishedName } from '../../native-models/formats/published-name.ts';
import type { PromptFormat } from '../../native-models/text/prompt-format.ts';
import { type CertifiedEvaluation, evaluationSection } from './card-evaluation.ts';
import { table } from './card-table.ts';
import { frontMatter } from './card-front-matter.ts';
import { roundingWarning, selfTestText } from './self-test-text.ts';
import type { Certificate } from './certificate.ts';
import type { SelfTest } from './self-test.ts';
import type { TrainDone } from '../../native-models/protocol/run-folder/train-events.ts';
import type { ExportFormat } from '../../native-models/vocabulary/lists.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';

interface CardFacts {
  readonly job: TrainJob;
  readonly format: ExportFormat;
  readonly published: PublishedName;
  readonly prompts: PromptFormat;
  /** What works otherwise in this format, in sentences. */
  readonly limits: readonly string[];
  /** Lines of YAML, from the start model's card. */
  readonly licence: readonly string[];
  readonly result: TrainDone | null;
  readonly checkpoint: Certificate['checkpoint'];
  readonly evaluation: CertifiedEvaluation | null;
  readonly selfTest: SelfTest;
  readonly datasets: readonly { readonly name: string; readonly sha256: string | null; readonly accepted: number }[];
  readonly licenceFiles: readonly string[];
}

/** The README.md of an exported folder, in the form Hugging Face calls a model card. */
export function modelCard({
  job,
  format,
  published,
  prompts,
  limits,
  licence,
  result,
  checkpoint,
  evaluation,
  selfTest,
  datasets,
  licenceFiles,
}: CardFacts): string {
  const { settings, precision, snapshot, versions } = job;
  const from = published.baseId ?? published.base;
  const tuning =
    settings.lora === null
      ? 'every parameter'
      : `a LoRA of rank ${settings.lora.rank}, alpha ${settings.lora.alpha}, on ` +
        `${settings.lora.targets.length === 0 ? 'every linear layer' : settings.lora.targets.join(', ')}`;
  const origin =
    `${published.base}, trained with ${settings.objective}. Made with SafeDPO Studio ${versions.app} from ` +
    `\`${from}\`: run \`${job.id}\` of the project "${job.project}", started ${job.createdAt}. ` +
    '`safedpo verify DIR` checks every file against the checksums in `certificate.json`.';
  const pairs =
    `${snapshot.pairs} training pairs` +
    (snapshot.heldOutPairs === 0 ? '' : ` and ${snapshot.heldOutPairs} held-out pairs`) +
    ` after the transform; SHA-256 of the snapshot \`${snapshot.sha256}\`, ` +
    `head of the label log \`${snapshot.labelsHead}\`.`;
  const training =
    `Objective ${settings.objective}, beta ${settings.beta}, delta ${settings.delta}; trained: ${tuning}. ` +
    precisionSentence(precision);
  const caution =
    'Safety here means what the labels of the data say. Results on held-out pairs of the same data do not show how ' +
    'the model behaves elsewhere: test it for your use.' +
    (licenceFiles.length === 0 ? '' : ` The terms of the base model are in ${licenceFiles.join(', ')}.`);
  return `${frontMatter({ format, published, licence, datasets })}

# ${published.name}

${origin}

## Data

${pairs}

${table(
  ['file', 'pairs', 'sha256'],
  datasets.map(({ name, accepted, sha256 }) => [name, String(accepted), sha256 ?? '']),
)}

## Training

${training}

${table(
  ['setting', 'value'],
  Object.entries(settings)
    .filter(([name]) => name !== 'lora')
    .map(([name, value]) => [name, String(value)]),
)}

## Figures

${figures(result, checkpoint)}

${evaluationSection(evaluation)}

Self-test of this export: ${selfTestText(selfTest)}.${warned(roundingWarning(selfTest))}

## Prompts

${promptSection(settings.template, prompts)}

## Use

${exportFormatDefinitions[format].card.use(published)}${limits.map((limit) => `\n\n${limit}`).join('')}

## Limits

${caution}
`;
}

function warned(warning: string | null): string {
  return warning === null ? '' : `\n\n**${warning}**`;
}

/** What the model was asked in while it trained; elsewhere it should be asked in the same way. */
function promptSection(
  template: TrainJob['settings']['template'],
  { template: { name, origin }, beginsWithBos, example }: PromptFormat,
): string {
  const which =
    template === 'pku'
      ? 'the prompt format of PKU-SafeRLHF'
      : name === 'model' && origin !== 'built in'
        ? "the start model's own chat template"
        : 'plain text, since the start model has no chat template';
  const longest = largestOf(
    [...example.matchAll(/`+/g)].map(([run]) => run.length),
    2,
  );
  const fence = '`'.repeat(longest + 1);
  return (
    `Trained with ${which}; ask it in the same format. The format is in this export as its chat template. One ` +
    `question${beginsWithBos ? ', the beginning-of-text token first' : ''}:\n\n${fence}text\n${example}\n${fence}`
  );
}

function precisionSentence({ storage, compute }: TrainJob['precision']): string {
  if (storage === 'int4')
    return (
      `While it trained, the frozen weights were rounded to int4 blocks and products were ${compute}; this ` +
      'export has the weights of the start model in full.'
    );
  return `Products were ${compute} while it trained.`;
}

function figures(result: CardFacts['result'], { step, ofSteps }: CardFacts['checkpoint']): string {
  if (ofSteps === step) return heldOutTable(result);
  return (
    `Exported from step ${step}${ofSteps === null ? ', before the run ended' : ` of ${ofSteps}`}: ` +
    'what was measured at the end of the run does not apply.'
  );
}

function heldOutTable(result: CardFacts['result']): string {
  const { before = null, after = null } = result?.heldOut ?? {};
  if (after === null) return 'No pairs were held out.';
  const measures = ['safeUnsafeAccuracy', 'safeLikelierShare', 'rewards/accuracies', 'rewards/margins'] as const;
  const names = measures.filter((name) => after[name] !== null);
  return table(
    ['held-out pairs', 'before', 'after'],
    names.map((name) => [name, figure(before?.[name]), figure(after[name])]),
  );
}

function figure(value: number | null | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : '';
}
