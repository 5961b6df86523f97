import { describe, expect, it } from 'vitest';
import { floatOutput, floats, integers } from '../../native-models/engine/model/feeds.ts';
import { trainingLoop } from '../../native-models/engine/graphs/training-loop.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { stackFeeds } from '../../native-models/engine/train/stack-feeds.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import { stepNumbers, tinyBatch, tinyModel, tinyParameters, tinySettings } from './tiny-training.ts';

const batches = [1, 2, 3, 4, 5, 6, 7, 8];

describe('several micro-batches in one run', () => {
  it('eight in a loop give the bytes of eight single steps', async () => {
    const model = await tinyModel();
    const start = await tinyParameters(model);
    const { externalDataFolder } = storedModel(model);
    const size = [start.length];
    const single = await createSession(
      emit(trainingStep({ ...tinySettings(model), accumulates: false, updates: true }), { target: 'cpu' }).bytes,
      { provider: 'cpu', threads: 2, externalDataFolder },
    );
    let state: { [vector in 'parameters' | 'first' | 'second']: Float32Array } = {
      parameters: start,
      first: new Float32Array(start.length),
      second: new Float32Array(start.length),
    };
    const losses: number[] = [];
    for (const batch of batches) {
      const outputs = await single.run({
        ...tinyBatch(batch),
        ...stepNumbers(batch),
        parameters: floats(size, state.parameters),
        first_moment: floats(size, state.first),
        second_moment: floats(size, state.second),
      });
      state = {
        parameters: floatOutput(outputs, 'next_parameters'),
        first: floatOutput(outputs, 'next_first_moment'),
        second: floatOutput(outputs, 'next_second_moment'),
      };
      for (const loss of floatOutput(outputs, 'losses')) losses.push(loss);
    }
    await single.release();

    const looped = await createSession(
      emit(trainingLoop({ ...tinySettings(model), accumulates: false }), { target: 'cpu' }).bytes,
      { provider: 'cpu', threads: 2, externalDataFolder },
    );
    const zeros = new Float32Array(start.length);
    const outputs = await looped.run({
      ...stackFeeds(batches.map((batch) => ({ ...tinyBatch(batch), ...stepNumbers(batch) }))),
      micro_batches: integers([], [batches.length]),
      parameters: floats(size, start),
      first_moment: floats(size, zeros),
      second_moment: floats(size, zeros),
    });
    await looped.release();
    expect(Buffer.from(floatOutput(outputs, 'next_parameters').buffer)).toEqual(Buffer.from(state.parameters.buffer));
    expect(floatOutput(outputs, 'next_first_moment')).toEqual(state.first);
    expect(floatOutput(outputs, 'next_second_moment')).toEqual(state.second);
    expect([...floatOutput(outputs, 'losses')]).toEqual(losses);
    expect(state.parameters).not.toEqual(start);
  });

  it('accumulates inside: four micro-batches of two pairs make two steps', async () => {
    const model = await tinyModel();
    const start = await tinyParameters(model);
    const { externalDataFolder } = storedModel(model);
    const size = [start.length];
    const zeros = new Float32Array(start.length);
    const open = async (graph: Parameters<typeof emit>[0]) =>
      createSession(emit(graph, { target: 'cpu' }).bytes, { provider: 'cpu', threads: 2, externalDataFolder });
    const [accumulate, update] = [
      await open(trainingStep({ ...tinySettings(model), accumulates: true, updates: false })),
      await open(trainingStep({ ...tinySettings(model), accumulates: true, updates: true })),
    ];
    let state: { [vector in 'parameters' | 'first' | 'second']: Float32Array } = {
      parameters: start,
      first: zeros,
      second: zeros,
    };
    for (const step of [1, 2]) {
      const gradient = await accumulate.run({
        ...tinyBatch(2 * step - 1, 0.25),
        parameters: floats(size, state.parameters),
        accumulated_gradient: floats(size, zeros),
      });
      const outputs = await update.run({
        ...tinyBatch(2 * step, 0.25),
        ...stepNumbers(step),
        parameters: floats(size, state.parameters),
        first_moment: floats(size, state.first),
        second_moment: floats(size, state.second),
        accumulated_gradient: floats(size, floatOutput(gradient, 'gradient')),
      });
      state = {
        parameters: floatOutput(outputs, 'next_parameters'),
        first: floatOutput(outputs, 'next_first_moment'),
        second: floatOutput(outputs, 'next_second_moment'),
      };
    }
    const looped = await open(trainingLoop({ ...tinySettings(model), accumulates: true }));
    const outputs = await looped.run({
      ...stackFeeds(
        [1, 2, 3, 4].map((batch) => ({
          ...tinyBatch(batch, 0.25),
          ...stepNumbers(Math.ceil(batch / 2)),
          updates: floats([1], [Number(batch % 2 === 0)]),
        })),
      ),
      micro_batches: integers([], [4]),
      parameters: floats(size, start),
      first_moment: floats(size, zeros),
      second_moment: floats(size, zeros),
      accumulated_gradient: floats(size, zeros),
    });
    for (const session of [accumulate, update, looped]) await session.release();
    expect(floatOutput(outputs, 'next_parameters')).toEqual(state.parameters);
    expect(floatOutput(outputs, 'next_second_moment')).toEqual(state.second);
    expect(floatOutput(outputs, 'next_accumulated_gradient')).toEqual(zeros);
  });
});
