import { expect, test } from 'vitest';
import { isSingleKey, keyText, searchCommands, type Command } from './command.ts';

const command = (title: string, group = 'Go to'): Command => ({
  id: title,
  title,
  group,
  keys: [],
  run: () => undefined,
});

test('the palette finds by every word, title starts first', () => {
  const commands = [command('Compare runs', 'Runs'), command('Runs'), command('Doctor')];
  expect(searchCommands(commands, 'runs').map((found) => found.title)).toEqual(['Runs', 'Compare runs']);
  expect(searchCommands(commands, 'go doc').map((found) => found.title)).toEqual(['Doctor']);
  expect(searchCommands(commands, 'nothing')).toEqual([]);
});

test('keys without a modifier can be switched off, the others cannot', () => {
  expect(['1', 'q', 'Shift+?', '$mod+k', 'F1', 'Escape', 'Alt+1'].map(isSingleKey)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(['$mod+k', 'n', 'Shift+?', 'Alt+1'].map(keyText)).toEqual(['Ctrl K', 'N', '?', 'Alt 1']);
});
