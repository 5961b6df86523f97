import { app } from 'electron';
import { join } from 'node:path';

/**
 * Names the plain Node and the bundled engine of the packaged app to the services, which start the engine with them.
 * No Electron process may be the engine: its allocator ends the process on one allocation over 2 GiB (electron#44291).
 */
export function useBundledEngine(resources: string = process.resourcesPath): void {
  if (!app.isPackaged) return;
  process.env['SAFEDPO_ENGINE_NODE'] = join(resources, 'node', process.platform === 'win32' ? 'node.exe' : 'node');
  process.env['SAFEDPO_ENGINE_SCRIPT'] = join(resources, 'engine', 'engine.mjs');
}
