import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** A package that the app holds code of. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly folder: string;
}

/** Needed by the scripts that install or compile a package, which are never run and never shipped. */
const installOnly = new Set(['adm-zip', 'global-agent', 'node-addon-api']);

/** The production dependencies of the app, with theirs, and the packages that the built page holds code of. */
export function shippedPackages(appFolder: string): ShippedPackage[] {
  const found = new Map<string, ShippedPackage>();
  const visit = (name: string, from: string): void => {
    const folder = packageFolder(name, from);
    if (folder === null || found.has(folder)) return;
    const read = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    found.set(folder, { name: read.name, version: read.version, licence: read.license ?? 'see its text', folder });
    for (const dependency of Object.keys(read.dependencies))
      if (!installOnly.has(dependency)) visit(dependency, folder);
  };
  const own = manifest.parse(JSON.parse(readFileSync(join(appFolder, 'package.json'), 'utf8')));
  for (const name of Object.keys(own.dependencies)) visit(name, appFolder);
  for (const name of pagePackages(appFolder)) if (!found.has(join(appFolder, 'node_modules', name))) addOne(name);
  return [...found.values()].toSorted((a, b) => a.name.localeCompare(b.name));

  /** Of a bundle only what is in it counts, not what it could have used. */
  function addOne(name: string): void {
    const folder = packageFolder(name, appFolder);
    if (folder === null) return;
    const { version, license } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    found.set(folder, { name, version, licence: license ?? 'see its text', folder });
  }
}

function pagePackages(appFolder: string): readonly string[] {
  const file = join(appFolder, 'out/notices/page.json');
  return existsSync(file) ? z.array(z.string()).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** As Node finds it: in the nearest `node_modules` up from where it is asked for. */
function packageFolder(name: string, from: string): string | null {
  const here = join(from, 'node_modules', name);
  if (existsSync(join(here, 'package.json'))) return here;
  return dirname(from) === from ? null : packageFolder(name, dirname(from));
}
