import { expect, test } from 'vitest';
import { pressedKey } from './pressed-key.ts';

const press = (
  key: string,
  held: Partial<Record<'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey', boolean>> = {},
): string | null => pressedKey({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

test('a pressed key is written as shortcuts are', () => {
  expect(press('u')).toBe('u');
  expect(press('U', { shiftKey: true })).toBe('Shift+U');
  expect(press('k', { ctrlKey: true })).toBe('$mod+k');
  expect(press(' ')).toBe('Space');
});

test('a modifier alone and Escape are no shortcut', () => {
  expect(press('Shift', { shiftKey: true })).toBeNull();
  expect(press('Escape')).toBeNull();
});
