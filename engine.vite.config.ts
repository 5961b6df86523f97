import { defineConfig } from 'vite';

/**
 * Bundles the engine for the packaged app: there it lies beside its own Node, which does not strip types
 * of files under node_modules and cannot read inside an asar archive. A checkout runs the engine's source instead.
 */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'out/engine',
    target: 'node22',
    rolldownOptions: {
      // The heartbeat starts itself again as a thread, so it must stay a file of its own.
      input: { engine: 'native-models/engine/main.ts', heartbeat: 'native-models/engine/heartbeat.ts' },
      external: ['onnxruntime-node'],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
