import { getFileMatchers } from 'app-builder-lib/out/fileMatcher.js';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { PackedFile } from '../../main/shell/packaging/contents.ts';

export type Platform = 'linux' | 'win' | 'mac';

const mapping = z.object({ from: z.string(), to: z.string(), filter: z.array(z.string()).default(['**/*']) });
const parts = {
  files: z.array(z.union([z.string(), mapping])).default([]),
  extraResources: z.array(mapping).default([]),
};
const configSchema = z.object({ ...parts, linux: z.object(parts), win: z.object(parts), mac: z.object(parts) });
/** The loader that electron-builder reads its file with. */
const yaml: { load(text: string): unknown } = createRequire(
  createRequire(import.meta.url).resolve('app-builder-lib/package.json'),
)('js-yaml');
/** Stands for the app's folder; nothing is written. */
const destination = '/packed';
/** Folders that no filter takes from and that are large. */
const skipped = new Set(['.git', 'dist', 'node_modules']);

/** electron-builder.yml evaluated for a platform without packing: its own matching over the files that are here. */
export function fileFilters(root: string) {
  const config = configSchema.parse(yaml.load(readFileSync(join(root, 'electron-builder.yml'), 'utf8')));

  const taken = (platform: Platform): readonly PackedFile[] =>
    (['files', 'extraResources'] as const).flatMap((name) => {
      const matchers =
        getFileMatchers(config, name, destination, {
          macroExpander: (text) => text,
          customBuildOptions: config[platform],
          globalOutDir: join(root, 'dist'),
          defaultSrc: root,
        }) ?? [];
      return matchers.flatMap((matcher) => {
        if (!existsSync(matcher.from)) return [];
        if (statSync(matcher.from).isFile())
          return [{ path: relative(destination, matcher.to), bytes: statSync(matcher.from).size }];
        const passes = matcher.createFilter();
        return listFiles(matcher.from, matcher.from === root ? skipped : new Set())
          .filter((file) => passes(file, statSync(file)))
          .map((file) => ({
            path: relative(destination, join(matcher.to, relative(matcher.from, file))),
            bytes: statSync(file).size,
          }));
      });
    });

  /** Where the Node of the engine is taken from. */
  const nodeSource = (platform: Platform): string | undefined =>
    config[platform].extraResources.find(({ to }) => to === 'node')?.from;

  return { taken, nodeSource };
}

function listFiles(folder: string, without: ReadonlySet<string>): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return without.has(entry.name) ? [] : listFiles(path, without);
    return entry.isFile() ? [path] : [];
  });
}
