import { defineConfig } from 'vite';

/**
 * Bundles the engine into one file for the packaged app: there it lies beside its own Node, which does not strip types
 * of files under node_modules and cannot read inside an asar archive. A checkout runs the engine's source instead.
 */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'out/engine',
    target: 'node22',
    rolldownOptions: {
      input: { engine: 'native-models/engine/main.ts' },
      external: ['onnxruntime-node'],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
