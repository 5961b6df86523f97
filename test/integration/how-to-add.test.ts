import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pathPattern = /`((?:main|native-models|preload|renderer|test|docs)\/[^`\s]*)`/g;

/** The paths that a page names; a part in capitals stands for a name of one's own, so its folder has to exist. */
function paths(page: string): string[] {
  return [...readFileSync(join(root, page), 'utf8').matchAll(pathPattern)].map(([, path = '']) =>
    /[A-Z]{2}/.test(path) ? path.slice(0, path.search(/[^/]*[A-Z]{2}/)) : path,
  );
}

test.each(['docs/how-to-add.md', 'ARCHITECTURE.md'])('every path that %s names exists', (page) => {
  const found = paths(page);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('ARCHITECTURE.md names every folder of the engine, the services and the page in their order', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rules = readFileSync(join(root, '.dependency-cruiser/imports.cjs'), 'utf8');
  for (const list of ['engineLayers', 'serviceLayers']) {
    const [, body = ''] = new RegExp(`const ${list} = \\[([^\\]]*)\\]`).exec(rules) ?? [];
    const folders = [...body.matchAll(/'([^']+)'/g)].map(([, name]) => name);
    expect(folders.length).toBeGreaterThan(8);
    expect(text).toContain(`\`${folders.join(' → ')}\``);
  }
});

test('links between the pages lead somewhere', () => {
  for (const page of ['README.md', 'ARCHITECTURE.md', 'docs/how-to-add.md', 'docs/cli.md']) {
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)];
    const broken = links.map(([, to = '']) => to).filter((to) => !existsSync(join(root, dirname(page), to)));
    expect([page, broken]).toEqual([page, []]);
  }
});
