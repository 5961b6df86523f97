/** How the preload is bundled: a sandboxed preload must be one CJS file that requires nothing but electron. */
export const preloadBuild = {
  input: { electron: 'preload/electron.ts' },
  external: 'electron',
  output: { format: 'cjs', entryFileNames: '[name].cjs' },
} as const;
