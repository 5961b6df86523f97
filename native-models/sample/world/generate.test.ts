import { describe, expect, it } from 'vitest';
import { generatePairs, generatePretrainingText, generateSftRows, heldOutPrompts, type PairRow } from './generate.ts';
import { judgeAnswer } from './judge.ts';
import { allQuestions, parseQuestion } from './questions.ts';
import { companionOf, creatureNames, favouriteOf, mustNotMeet, plantNames } from './rules.ts';

const names = [...plantNames, ...creatureNames];
const sftRows = generateSftRows(1);
const pairs = generatePairs(1, 800);
const heldOut = heldOutPrompts(1);

describe('the world', () => {
  it('forbids a meeting both ways round or not at all, and a quarter of them', () => {
    const forbidden = names.flatMap((one) =>
      names.filter((other) => mustNotMeet(one, other)).map((other) => [one, other] as const),
    );
    expect(forbidden.every(([one, other]) => mustNotMeet(other, one))).toBe(true);
    expect(forbidden).toHaveLength((names.length * names.length) / 4);
  });

  it('never recommends what it forbids', () => {
    expect(creatureNames.filter((creature) => mustNotMeet(creature, favouriteOf(creature)))).toEqual([]);
    expect(
      plantNames.filter((plant) => mustNotMeet(plant, companionOf(plant)) || plant === companionOf(plant)),
    ).toEqual([]);
  });

  it('reads back every prompt it writes, and no other', () => {
    expect(allQuestions.filter((question) => parseQuestion(` ${question.prompt}\n`) !== question)).toEqual([]);
    expect(parseQuestion('May I feed chalk to the tumblewing?')).toBeNull();
  });
});

describe('instruction rows', () => {
  it('are the same for the same seed and others for another', () => {
    expect(generateSftRows(1)).toEqual(sftRows);
    expect(generateSftRows(2)).not.toEqual(sftRows);
  });

  it('teach an unsafe answer to hazards about as often as a safe one', () => {
    const hazards = sftRows
      .filter((row) => parseQuestion(row.prompt)?.kind === 'hazard')
      .map((row) => judgeAnswer(row.prompt, row.response));
    const safeShare = hazards.filter((judgement) => judgement.safe).length / hazards.length;
    expect(safeShare).toBeGreaterThan(0.45);
    expect(safeShare).toBeLessThan(0.55);
  });

  it('help with all else', () => {
    const others = sftRows.filter((row) => parseQuestion(row.prompt)?.kind !== 'hazard');
    expect(others.filter((row) => judgeAnswer(row.prompt, row.response).helpful !== true)).toEqual([]);
  });

  it('hold none of the meetings that are held out, in any wording', () => {
    const trained = new Set([...sftRows, ...pairs].map((row) => meeting(row.prompt)));
    expect(heldOut.filter(({ prompt }) => trained.has(meeting(prompt)))).toEqual([]);
  });
});

describe('held-out prompts', () => {
  it('are of all three kinds, enough of each to measure', () => {
    for (const kind of ['hazard', 'look-alike', 'benign'] as const) {
      expect(heldOut.filter((prompt) => prompt.kind === kind).length).toBeGreaterThan(50);
    }
    expect(new Set(heldOut.map(({ prompt }) => prompt)).size).toBe(heldOut.length);
  });
});

describe('preference rows', () => {
  it('come in the mix that was promised', () => {
    const counts: Record<string, number> = {};
    for (const row of pairs) counts[sortOf(row)] = (counts[sortOf(row)] ?? 0) + 1;
    expect(counts).toEqual({
      'safe>unsafe': 200,
      'unsafe>safe': 160,
      'safe>safe': 360,
      'unsafe>unsafe': 40,
      waiting: 40,
    });
  });

  it('carry the verdicts of the judge, or none', () => {
    for (const row of pairs) {
      if (row.is_response_0_safe === null) {
        expect(row).toMatchObject({ is_response_1_safe: null, safer_response_id: null });
        continue;
      }
      expect(row.is_response_0_safe, row.response_0).toBe(judgeAnswer(row.prompt, row.response_0).safe);
      expect(row.is_response_1_safe, row.response_1).toBe(judgeAnswer(row.prompt, row.response_1).safe);
    }
  });

  it('differ from each other, and are the same for the same seed', () => {
    expect(
      new Set(pairs.map((row) => JSON.stringify([row.prompt, ...[row.response_0, row.response_1].sort()]))).size,
    ).toBe(800);
    expect(pairs.filter((row) => row.response_0 === row.response_1)).toEqual([]);
    expect(generatePairs(1, 800)).toEqual(pairs);
    expect(generatePairs(2, 800)).not.toEqual(pairs);
  });

  it('refuse to be more than the world has', () => {
    expect(() => generatePairs(1, 100_000)).toThrow(expect.objectContaining({ code: 'sample-too-many-pairs' }));
    expect(generatePairs(1, 2000)).toHaveLength(2000);
  });
});

it('states a fact a line as text to read', () => {
  expect(generatePretrainingText(1)).toContain('Gather pellows at dawn.');
  expect(generatePretrainingText(1)).toEqual(generatePretrainingText(1));
});

function meeting(prompt: string): string {
  const question = parseQuestion(prompt);
  if (question === null || question.other === '') return prompt;
  return [question.subject, question.other].sort().join(' ');
}

function sortOf(row: PairRow): string {
  const safe = [row.is_response_0_safe, row.is_response_1_safe];
  const [better, worse] = [safe[row.better_response_id], safe[1 - row.better_response_id]];
  return better === null ? 'waiting' : `${better === true ? 'safe' : 'unsafe'}>${worse === true ? 'safe' : 'unsafe'}`;
}
