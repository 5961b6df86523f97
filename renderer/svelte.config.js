/** Runes everywhere; styles always in files, never injected, so that the strict CSP holds. */
export default {
  compilerOptions: { runes: true, css: 'external' },
};
