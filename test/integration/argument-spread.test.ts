import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/**
 * Calls that people hand whole lists. V8 takes about 120,000 arguments and then throws "Maximum call stack size
 * exceeded".
 */
const takesLists = new Set([
  'push',
  'unshift',
  'splice',
  'concat',
  'max',
  'min',
  'hypot',
  'fromCharCode',
  'fromCodePoint',
]);

/** Every spread argument of such a call, and every `.apply` with a list, as `line: text`. */
function spreads(source: string): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const listed = takesLists.has(name.text) && node.arguments.some(ts.isSpreadElement);
      const applied = name.text === 'apply' && expression.getText() !== 'Reflect' && node.arguments.length === 2;
      if (listed || applied) {
        found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * The scripts and the expressions of a component; the markup around them is blanked so that lines keep their numbers.
 */
function codeOf(file: string): string {
  const text = readFileSync(join(root, file), 'utf8');
  if (!file.endsWith('.svelte')) return text;
  const script = /<script[^>]*>([\s\S]*?)<\/script>/g;
  const pieces = [...text.matchAll(script)].map((match) => match[1] ?? '');
  const markup = text.replaceAll(script, '').replaceAll(/<style[^>]*>[\s\S]*?<\/style>/g, '');
  const expressions = [...markup.matchAll(/\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\.\.\.(?:[^()]|\([^()]*\))*\)/g)];
  return [...pieces, ...expressions.map(([call]) => `x.${call};`)].join('\n');
}

describe('no list of unknown length becomes the arguments of a call', () => {
  test.each([
    ['list.push(...rows);', 1],
    ['const top = Math.max(0, ...rows);', 1],
    ['String.fromCharCode(...codes);', 1],
    ['Math.max.apply(null, rows);', 1],
    ['Reflect.apply(handler, undefined, args);', 0],
    ['make(...options);', 0],
    ['const all = [...rows, ...more];', 0],
    ['list.push(row);', 0],
  ])('%s', (source, count) => expect(spreads(source)).toHaveLength(count));

  test('in the whole repository', () => {
    const files = globSync('{main,native-models,preload,renderer,test}/**/*.{ts,js,mjs,cjs,svelte}', { cwd: root });
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((file) => spreads(codeOf(file)).map((place) => `${file}:${place}`));
    expect(found).toEqual([]);
  });
});
