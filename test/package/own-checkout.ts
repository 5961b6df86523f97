import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

const built = ['node_modules', 'out', 'dist', '.git'];

/**
 * A copy of the checkout in a temporary folder, with the same packages and nothing that was built. Packing there takes
 * nothing away from programs that use the checkout meanwhile. `remove` deletes it.
 */
export function ownCheckout(root: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-checkout-'));
  const left = built.map((name) => join(root, name));
  cpSync(root, path, {
    recursive: true,
    filter: (source) => !left.some((folder) => source === folder || source.startsWith(folder + sep)),
  });
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'), 'dir');
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
