/** Settings of objectives where a test is not about them. */
export const objectiveSettings = { beta: 0.1, delta: 0, labelSmoothing: 0 };
