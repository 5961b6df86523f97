import type { TrainSettingsView } from '../../../preload/contract/operations/hyperparameters.ts';

type NamesOf<Type> = {
  [Name in keyof TrainSettingsView]: TrainSettingsView[Name] extends Type ? Name : never;
}[keyof TrainSettingsView];

export type NumberSetting = NamesOf<number>;
export type ChoiceSetting = 'objective' | 'schedule' | 'provider' | 'precision' | 'template';

export type SettingControl =
  | {
      readonly kind: 'number';
      readonly name: NumberSetting;
      readonly min: number;
      readonly max: number;
      readonly whole?: boolean;
    }
  | { readonly kind: 'choice'; readonly name: ChoiceSetting; readonly options: readonly string[] }
  | { readonly kind: 'switch'; readonly name: 'sharedPrefix' }
  | { readonly kind: 'checkpointing'; readonly name: 'keptLayers' }
  | { readonly kind: 'adapter'; readonly name: 'lora' };

export interface SettingGroup {
  readonly title: string;
  readonly common: readonly SettingControl[];
  /** One disclosure away. */
  readonly advanced: readonly SettingControl[];
}

/** Objectives that take the preference of people as it is, whether or not anybody said which answers are safe. */
const preferenceOnly: ReadonlySet<string> = new Set(['dpo', 'cdpo', 'ipo']);

/** Whether an objective needs to know which answers are safe. */
export function usesVerdicts(objective: string): boolean {
  return !preferenceOnly.has(objective);
}

/** Every setting of a run, in the order of the page. */
export const settingGroups: readonly SettingGroup[] = [
  {
    title: 'Objective',
    common: [
      {
        kind: 'choice',
        name: 'objective',
        options: ['safedpo', 'dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft'],
      },
      { kind: 'number', name: 'beta', min: 0.001, max: 100 },
      { kind: 'number', name: 'delta', min: 0, max: 1000 },
    ],
    advanced: [{ kind: 'number', name: 'labelSmoothing', min: 0, max: 0.5 }],
  },
  {
    title: 'Optimisation',
    common: [
      { kind: 'number', name: 'epochs', min: 0.01, max: 100 },
      { kind: 'number', name: 'learningRate', min: 1e-9, max: 1 },
      { kind: 'number', name: 'batchSize', min: 1, max: 1024, whole: true },
    ],
    advanced: [
      { kind: 'number', name: 'accumulate', min: 1, max: 1024, whole: true },
      { kind: 'choice', name: 'schedule', options: ['cosine', 'linear', 'constant'] },
      { kind: 'number', name: 'warmupShare', min: 0, max: 1 },
      { kind: 'number', name: 'weightDecay', min: 0, max: 1 },
      { kind: 'number', name: 'maxGradNorm', min: 0, max: 1000 },
      { kind: 'number', name: 'adamBeta1', min: 0, max: 0.9999 },
      { kind: 'number', name: 'adamBeta2', min: 0, max: 0.99999 },
      { kind: 'number', name: 'adamEpsilon', min: 1e-12, max: 1 },
      { kind: 'number', name: 'seed', min: 0, max: 2 ** 32 - 1, whole: true },
    ],
  },
  { title: 'Adapter', common: [{ kind: 'adapter', name: 'lora' }], advanced: [] },
  {
    title: 'Sequence',
    common: [
      { kind: 'number', name: 'maxLength', min: 8, max: 131_072, whole: true },
      { kind: 'choice', name: 'template', options: ['model', 'pku', 'plain'] },
    ],
    advanced: [{ kind: 'switch', name: 'sharedPrefix' }],
  },
  {
    title: 'Device',
    common: [
      { kind: 'choice', name: 'provider', options: ['cpu', 'cuda', 'webgpu', 'dml'] },
      { kind: 'choice', name: 'precision', options: ['auto', 'float32', 'bfloat16', 'float16', 'int4'] },
    ],
    advanced: [
      { kind: 'number', name: 'threads', min: 1, max: 512, whole: true },
      { kind: 'checkpointing', name: 'keptLayers' },
      { kind: 'number', name: 'checkpointEverySteps', min: 1, max: 1_000_000, whole: true },
    ],
  },
];
