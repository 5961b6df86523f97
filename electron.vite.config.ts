import { defineConfig } from 'electron-vite';
import { preloadBuild } from './preload/build.ts';
import renderer from './renderer/vite.config.ts';

/**
 * Native addons stay outside every bundle; all other dependencies go in, so that the packaged app carries no
 * node_modules but theirs.
 */
export const nativeAddons = ['better-sqlite3', 'onnxruntime-node'];

/** Builds the desktop app into out/: main (ESM), preload (CJS) and renderer. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      rolldownOptions: { input: { main: 'main/shell/main.ts' }, external: ['electron', ...nativeAddons] },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: { ...preloadBuild },
    },
  },
  renderer: {
    ...renderer,
    build: { ...renderer.build, rolldownOptions: { ...renderer.build?.rolldownOptions, input: 'renderer/index.html' } },
  },
});
