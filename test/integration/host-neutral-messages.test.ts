import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Where options of a program are meant, or a text that is read outside the app. */
const notShown = new Set([
  'native-models/runtime/nvidia-smi.ts', // options of another program
  'native-models/vocabulary/settings-table.ts', // the flags themselves
  'native-models/vocabulary/objectives.ts',
  'native-models/engine/export/safetensors.ts', // in the card of an export: options of another program
  'main/exports/model-card.ts', // published with a model, where the command line is all there is
  'main/hardware/cuda-problems.ts',
  'main/hardware/platform-notes.ts', // the app cannot install provider files
]);

/**
 * Texts of the source that name an option or a command of the command line; an option alone is an argument, not a
 * message.
 */
function commandLineWords(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isStringLiteral(node) ||
      ts.isNoSubstitutionTemplateLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node)
    ) {
      const isArgument = /^--[\w-]+=?\S*$/.test(node.text);
      if (!isArgument && /(^|[\s(`"])--[a-z]{2}|safedpo [a-z]/.test(node.text)) found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

describe('what services say fits the app and the command line', () => {
  test.each([
    ['const a = `Choose ${x} with --library DIR.`;', 1],
    ["throw badInput('x', 'Run safedpo doctor.');", 1],
    ["run('tool', '--out', folder);", 0],
    ["const a = 'a -- b'; // --library", 0],
  ])('%s', (source, count) => {
    expect(commandLineWords(source)).toHaveLength(count);
  });

  test('no message of a service or of the engine names an option or a command: the command line adds its own', () => {
    const files = globSync('{main,native-models,preload}/**/*.ts', { cwd: root }).filter(
      (file) =>
        !/^main[/\\](hosts[/\\]cli|shell[/\\]packaging)|\.test\.ts$|[/\\]testing[/\\]/.test(file) &&
        !notShown.has(file.replaceAll('\\', '/')),
    );
    expect(files.length).toBeGreaterThan(300);
    const found = files.flatMap((file) =>
      commandLineWords(readFileSync(join(root, file), 'utf8')).map((text) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});
