import { defineConfig } from 'vite';

/**
 * Bundles the engine and the reading process for the packaged app: there they lie beside their own Node, which does not
 * strip types of files under node_modules and cannot read inside an asar archive. A checkout runs their source instead.
 */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'out/engine',
    target: 'node22',
    rolldownOptions: {
      // The heartbeat and the watchdog are started as threads, so they must stay files of their own.
      input: {
        engine: 'native-models/engine/main.ts',
        heartbeat: 'native-models/engine/train/heartbeat.ts',
        reader: 'main/foreign-process/main.ts',
        watchdog: 'main/foreign-process/watchdog.ts',
      },
      external: ['onnxruntime-node'],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
