/** Names of the severities 0 to 3 (PKU-SafeRLHF, arXiv 2406.15513). */
export const severities = ['none', 'minor', 'moderate', 'severe'] as const;
