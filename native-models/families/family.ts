import type { DecoderConfig } from './decoder-config.ts';

/** A family of models: the one place that knows what its config.json means. */
export interface Family {
  /** `model_type` in config.json. */
  readonly name: string;
  /** In `architectures` of config.json. */
  readonly architecture: string;
  /** Another name there, of the same models. */
  readonly otherArchitecture?: string;
  /** Models of the family, as people know them. */
  readonly models: string;
  /** Describes the model of a parsed `config.json`; `file` is named in messages. */
  readonly describe: (json: unknown, file: string) => DecoderConfig;
}
