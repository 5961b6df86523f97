import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { bundledPackages } from './bundled-packages.ts';

/**
 * Builds the interface into out/renderer. Every script and style is a file of its own: the hosts' CSP allows nothing
 * inline.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [svelte(), bundledPackages(fileURLToPath(new URL('../out/notices/page.json', import.meta.url)))],
  build: {
    outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome140',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    // How long plugins took is no news to who starts the app.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
