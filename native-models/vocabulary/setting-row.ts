/** What a person reads of a setting, wherever it is shown. */
export interface SettingWords {
  readonly title: string;
  /** Its letter in formulas, where it has one. */
  readonly symbol?: string;
  /** Of its value, where it has one. */
  readonly unit?: string;
  readonly meaning: string;
  /** Where the default comes from. */
  readonly source: string;
  /** What the run looks like when the value is wrong. */
  readonly wrongValue: string;
  /** The section of the Settings page, one disclosure away where `advanced`. */
  readonly group: SettingGroupName;
  readonly advanced?: true;
  /** Its option on the command line; `null`: the command line has none, or one of its own form. */
  readonly flag: string | null;
  /** What the option does, where `meaning` does not say it. */
  readonly flagHelp?: string;
  /** `sweep` takes several values of it. */
  readonly sweepable?: true;
}

export const settingGroupNames = ['Objective', 'Optimisation', 'Adapter', 'Sequence', 'Device'] as const;
export type SettingGroupName = (typeof settingGroupNames)[number];

/** A default that is the same for every model, or in words what it is worked out from. */
type Default<Value> = { readonly default: Value } | { readonly defaultFrom: string };

/** Bounds are values that can be used. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type NumberRow = SettingWords & Bounds & Default<number> & { readonly kind: 'number' | 'whole' };
export type ChoiceRow = SettingWords &
  Default<string> & { readonly kind: 'choice'; readonly options: readonly string[] };
export type SwitchRow = SettingWords & { readonly kind: 'switch'; readonly default: boolean };
export type KeptLayersRow = SettingWords & Bounds & { readonly kind: 'keptLayers'; readonly default: 'auto' };
/** An adapter, or `null` for every parameter. */
export type AdapterRow = SettingWords & {
  readonly kind: 'adapter';
  readonly rank: Bounds;
  readonly alpha: Bounds;
  readonly default: LoraSettings;
};

export type SettingRow = NumberRow | ChoiceRow | SwitchRow | KeptLayersRow | AdapterRow;

/** LoRA on linear layers. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** Names of linear layers, e.g. `q_proj`; every one of the architecture when empty. */
  readonly targets: readonly string[];
}

/**
 * How many of the last layers keep their inner values for the backward pass; each layer before them is computed again.
 */
export type KeptLayers = number | 'all';

/** The value of a setting with this row. */
export type SettingValue<Row> = Row extends { readonly kind: 'number' | 'whole' }
  ? number
  : Row extends { readonly kind: 'choice'; readonly options: readonly (infer Option)[] }
    ? Option
    : Row extends { readonly kind: 'switch' }
      ? boolean
      : Row extends { readonly kind: 'keptLayers' }
        ? KeptLayers | 'auto'
        : LoraSettings | null;
