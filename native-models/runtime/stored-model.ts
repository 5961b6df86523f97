import { dirname, relative, sep } from 'node:path';
import type { StoredWeight } from '../decoder/weights.ts';
import type { ModelFolder } from '../model-folder/model-folder.ts';

/** A model's weights as a session maps them. */
export interface StoredModel {
  /** The folder that every weight's location is relative to. */
  readonly externalDataFolder: string;
  readonly stored: ReadonlyMap<string, StoredWeight>;
}

/** The deepest folder that holds all files: a cache may keep the shards behind its links in one place. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files.map((file) => dirname(file).split(sep));
  const shared = rest.reduce<readonly string[]>(
    (common, parts) => common.slice(0, common.findIndex((part, index) => part !== parts[index]) >>> 0),
    [...first],
  );
  return shared.join(sep) || sep;
}

/** Where each tensor of a model folder lies, in the form external data takes (no links, relative to one folder). */
export function storedModel({ tensors }: Pick<ModelFolder, 'tensors'>): StoredModel {
  const externalDataFolder = commonFolder([...new Set([...tensors.values()].map(({ file }) => file))]);
  const stored = new Map(
    [...tensors].map(
      ([name, { dtype, shape, file, offsetBytes, lengthBytes }]) =>
        [
          name,
          { dtype, shape, location: relative(externalDataFolder, file).split(sep).join('/'), offsetBytes, lengthBytes },
        ] as const,
    ),
  );
  return { externalDataFolder, stored };
}
