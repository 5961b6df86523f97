import { basename, dirname } from 'node:path';

/** How an export calls itself and the model it was made from; no path of this machine is among them. */
export interface PublishedName {
  /** On the Hugging Face Hub, `ORG/NAME`; `null` where nothing says it. */
  readonly baseId: string | null;
  /** The base's name alone. */
  readonly base: string;
  /** Of the trained model. */
  readonly name: string;
}

/** `ORG/NAME` as the Hub allows it. */
export const hubId = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/**
 * The id a person `stated`, else that of the Hugging Face cache the folder `dir` lies in
 * (`models--ORG--NAME/snapshots/HASH`), else the one that config.json keeps (`_name_or_path`), else the folder's own
 * name.
 */
export function publishedName(
  dir: string,
  rawConfig: { readonly [field: string]: unknown },
  stated: string | null,
): PublishedName {
  const baseId = stated ?? cacheId(dir) ?? configId(rawConfig);
  const base = baseId === null ? basename(dir) : basename(baseId);
  return { baseId, base, name: `${base}-safedpo` };
}

function cacheId(dir: string): string | null {
  const snapshots = dirname(dir);
  const [kind, ...parts] = basename(dirname(snapshots)).split('--');
  const id = parts.join('/');
  return basename(snapshots) === 'snapshots' && kind === 'models' && hubId.test(id) ? id : null;
}

function configId({ _name_or_path: stated }: { readonly [field: string]: unknown }): string | null {
  return typeof stated === 'string' && hubId.test(stated) ? stated : null;
}
