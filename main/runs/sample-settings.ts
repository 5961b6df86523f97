/** What a sweep found for the bundled sample: a tiny model needs a small margin, a high rate and few steps. */
export const sampleSweep = { delta: 2, epochs: 2, learningRate: 4e-4, batchSize: 16 } as const;

/** How the bundled sample is trained, by `demo` and in the app alike. */
export const sampleSettings = { ...sampleSweep, seed: 42, provider: 'cpu' } as const;
