/**
 * How the bundled sample is trained, by `demo` and in the app alike. Chosen by a sweep: a tiny model with short answers
 * needs a small margin, a high rate and few steps.
 */
export const sampleSettings = {
  delta: 2,
  epochs: 2,
  learningRate: 4e-4,
  batchSize: 16,
  seed: 42,
  provider: 'cpu',
} as const;
