import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AboutView } from '../../preload/contract/operations/app.ts';
import { readNotices } from '../notices/notices.ts';
import type { HandlerContext } from './context.ts';

const packageFile = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/** Which app this is, where it runs, and what it is made of. */
export function aboutApp({
  library,
  desktop,
  appFolder,
}: Pick<HandlerContext, 'library' | 'desktop' | 'appFolder'>): AboutView {
  const app = packageFile.parse(JSON.parse(readFileSync(join(appFolder, 'package.json'), 'utf8')));
  return {
    version: app.version,
    host: desktop === null ? 'serve' : 'electron',
    platform: `${process.platform}-${process.arch}`,
    libraryFolder: library.dir,
    libraryReadOnly: library.readOnly,
    versions: Object.fromEntries(
      Object.entries({
        node: process.versions.node,
        ...app.dependencies,
        electron: process.versions['electron'] ?? 'none',
      }),
    ),
    licences: [
      { name: 'SafeDPO Studio', licence: app.license },
      ...readNotices(appFolder).map(({ name, version, licence }) => ({ name: `${name} ${version}`, licence })),
    ],
  };
}
