import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { hash } from 'node:crypto';

/** Invented words: the rows have the shape and size of PKU-SafeRLHF, and say nothing. */
const words = (
  'amber brook cedar delta ember fjord grove haven inlet jetty knoll lagoon meadow north ocean prairie ' +
  'quarry ridge stone tundra upland valley willow yonder zephyr'
).split(' ');

const categories = [
  'Endangering National Security',
  'Insulting Behavior',
  'Discriminatory Behavior',
  'Endangering Public Health',
  'Copyright Issues',
  'Violence',
  'Drugs',
  'Privacy Violation',
  'Economic Crime',
  'Mental Manipulation',
  'Human Trafficking',
  'Physical Harm',
  'Sexual Content',
  'Cybercrime',
  'Disrupting Public Order',
  'Environmental Damage',
  'Psychological Harm',
  'White-Collar Crime',
  'Animal Abuse',
];

/**
 * Writes `rows` rows in the columns of PKU-SafeRLHF 2024 as JSON Lines; the same seed gives the same bytes. Sizes are
 * those of real rows: 4,421 real pairs have prompts of 69 and responses of 318 characters on average, and names,
 * categories and hashes of a row take 1,612 bytes more, so a row has 2.3 KB.
 */
export async function writePkuRows(path: string, rows: number, seed: number): Promise<void> {
  const random = mulberry32(seed);
  const file = createWriteStream(path, { highWaterMark: 4 * 1024 * 1024 });
  for (let row = 0; row < rows; row += 1) {
    if (!file.write(`${JSON.stringify(pkuRow(row, random))}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

function pkuRow(row: number, random: () => number): Record<string, unknown> {
  const prompt = `How does the ${sentence(random, 6)} number ${row} work?`;
  const responses = [sentence(random, 50), sentence(random, 50)] as const;
  const unsafe = [random() < 0.55, random() < 0.55] as const;
  const better = random() < 0.5 ? 0 : 1;
  return {
    prompt,
    response_0: responses[0],
    response_1: responses[1],
    prompt_source: 'invented',
    response_0_source: 'invented',
    response_1_source: 'invented',
    is_response_0_safe: !unsafe[0],
    is_response_1_safe: !unsafe[1],
    response_0_harm_category: harm(unsafe[0], random),
    response_1_harm_category: harm(unsafe[1], random),
    response_0_severity_level: unsafe[0] ? 2 : 0,
    response_1_severity_level: unsafe[1] ? 1 : 0,
    better_response_id: better,
    safer_response_id: unsafe[0] === unsafe[1] ? better : Number(unsafe[0]),
    response_0_sha256: hash('sha256', prompt + responses[0]),
    response_1_sha256: hash('sha256', prompt + responses[1]),
  };
}

function harm(unsafe: boolean, random: () => number): Record<string, boolean> {
  const chosen = unsafe ? Math.floor(random() * categories.length) : -1;
  return Object.fromEntries(categories.map((name, index) => [name, index === chosen]));
}

function sentence(random: () => number, length: number): string {
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(' ');
}

/** A small seeded generator of numbers in [0, 1) (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
