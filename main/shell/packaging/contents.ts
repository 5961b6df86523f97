import { listPackage, statFile } from '@electron/asar';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface PackedFile {
  /** Relative to the app; files in the archive are under `app.asar/`. */
  readonly path: string;
  readonly bytes: number;
}

/** Every file of a packed app, those inside `app.asar` too. */
export function listPacked(appFolder: string): PackedFile[] {
  const outside = readdirSync(appFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(appFolder, path), bytes: statSync(path).size }));
  const archive = join(appFolder, 'resources', 'app.asar');
  const inside = listPackage(archive, { isPack: false }).flatMap((name) => {
    const entry = statFile(archive, name.slice(1));
    return 'size' in entry ? [{ path: `app.asar${name}`, bytes: entry.size }] : [];
  });
  return [...outside.filter(({ path }) => !path.endsWith('app.asar')), ...inside];
}

const foreignMarks = {
  linux: /win32|darwin|windows|macos|\.dll$|\.exe$|\.dylib$|linuxmusl|arm64/i,
  win: /linux|darwin|macos|\.so(\.\d+)*$|\.dylib$|arm64/i,
  mac: /win32|linux|windows|\.dll$|\.exe$|\.so(\.\d+)*$|x64/i,
} as const;

/**
 * Native files (and folders of them) that belong to another platform than the one packed for. JavaScript is the same
 * everywhere.
 */
export function foreignFiles(files: readonly PackedFile[], platform: keyof typeof foreignMarks): PackedFile[] {
  return files.filter(
    ({ path }) => /\.(node|dll|exe|dylib|so(\.\d+)*)$/.test(path) && foreignMarks[platform].test(path),
  );
}

/** A table of the largest parts, by the folders people know. */
export function summarise(files: readonly PackedFile[]): string {
  const parts = new Map<string, number>();
  for (const { path, bytes } of files) {
    const part = path
      .split('/')
      .slice(0, path.startsWith('resources') ? 2 : 1)
      .join('/');
    parts.set(part, (parts.get(part) ?? 0) + bytes);
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const line = (name: string, bytes: number): string => `${(bytes / 1e6).toFixed(2).padStart(10)} MB  ${name}`;
  return [
    ...[...parts].toSorted(([, a], [, b]) => b - a).map(([name, bytes]) => line(name, bytes)),
    line(`in all, ${files.length} files`, total),
  ].join('\n');
}
