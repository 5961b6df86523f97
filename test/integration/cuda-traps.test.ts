import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { precisions } from '../../native-models/decoder/precision.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { argMax } from '../../native-models/graph/contraction.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { ModelProto } from '../../native-models/graph/onnx-proto.ts';
import { onnxDType } from '../../native-models/graph/tensor-bytes.ts';
import { input } from '../../native-models/graph/value.ts';
import { reach } from '../../native-models/graph/walk.ts';
import { runOnCpu } from '../../native-models/runtime/testing/agreement.ts';
import { smol135m } from '../bench/random-model.ts';
import { type Graph, everyGraph } from './every-graph.ts';
import { largestOf } from '../../native-models/extremes.ts';

/**
 * What CUDA's kernels of ONNX Runtime do badly without a word (read in its source): looked for in the graphs we write,
 * on the true widths of SmolLM2-135M with two layers.
 */
const config = parseDecoderConfig({ ...smol135m, num_hidden_layers: 2 }, 'config.json');
const graphs = Object.entries(everyGraph(config, precisions.bfloat16));

const tensor = z.object({
  name: z.string(),
  dims: z.array(z.coerce.number()).default([]),
  dataType: z.number(),
  rawData: z.instanceof(Uint8Array).optional(),
});
const valueInfo = z.object({ name: z.string(), type: z.object({ tensorType: z.object({ elemType: z.number() }) }) });
const nodeShape = z.object({
  opType: z.string(),
  input: z.array(z.string()).default([]),
  output: z.array(z.string()).default([]),
  attribute: z.array(z.object({ name: z.string(), g: z.unknown().optional() })).default([]),
});
const graphShape = z.object({
  node: z.array(nodeShape).default([]),
  initializer: z.array(tensor).default([]),
  input: z.array(valueInfo).default([]),
  output: z.array(valueInfo).default([]),
});
type OnnxGraph = z.infer<typeof graphShape>;

/** The graph as it is written for CUDA, and the bodies of its loops. */
function written(graph: Graph): readonly OnnxGraph[] {
  const whole = graphShape.parse(
    z
      .object({ graph: z.unknown() })
      .parse(ModelProto.toObject(ModelProto.decode(emit(graph, { target: 'cuda' }).bytes))).graph,
  );
  const bodies = whole.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ g }) => (g === undefined ? [] : [graphShape.parse(g)])),
  );
  return [whole, ...bodies];
}

/** Names of values without elements: slices that end where they start, and what they are cast to. */
function emptyValues({ node }: OnnxGraph, all: readonly OnnxGraph[]): ReadonlySet<string> {
  const numbers = new Map(
    all
      .flatMap(({ initializer }) => initializer)
      .flatMap(({ name, dataType, rawData }) =>
        dataType === onnxDType.int64 && rawData !== undefined
          ? [[name, Buffer.from(rawData).toString('hex')] as const]
          : [],
      ),
  );
  const empty = new Set(
    node
      .filter(({ opType, input }) => opType === 'Slice' && numbers.get(input[1] ?? '') === numbers.get(input[2] ?? ''))
      .flatMap(({ output }) => output),
  );
  for (const { opType, output, input } of node)
    if (opType === 'Cast' && input.some((name) => empty.has(name))) for (const name of output) empty.add(name);
  return empty;
}

describe.each(graphs)('%s, written for CUDA', (_, graph) => {
  const parts = written(graph);

  it('has no Split, and no Concat of unequal parts that builds a long table on the host', () => {
    expect(parts.flatMap(({ node }) => node).filter(({ opType }) => opType === 'Split')).toEqual([]);
    const joined = reach(Object.values(graph))
      .nodes.filter(({ op }) => op === 'Concat')
      .flatMap(({ inputs, outputs, attributes }) => {
        const axis = Number(attributes['axis']);
        const sizes = inputs.map(({ shape }) => shape[axis]);
        const total = outputs[0]?.shape[axis];
        return typeof total === 'number' && new Set(sizes).size > 1 ? [total] : [];
      });
    // Half a megabyte of table; the flat vector itself would make 360 times as much.
    expect(largestOf(joined, 0)).toBeLessThan(2 ** 16);
  });

  it('reduces nothing that may be empty: what the barriers slice to nothing is only joined', () => {
    for (const part of parts) {
      const empty = emptyValues(part, parts);
      const readers = part.node.filter(({ input }) => input.some((name) => empty.has(name)));
      expect(readers.map(({ opType }) => opType).filter((opType) => opType !== 'Concat' && opType !== 'Cast')).toEqual(
        [],
      );
    }
  });

  it('takes and gives no half-precision tensors, which Node cannot make', () => {
    const [whole] = parts;
    const types = new Set(
      [...(whole?.input ?? []), ...(whole?.output ?? [])].map(({ type }) => type.tensorType.elemType),
    );
    expect([...types].filter((type) => type !== onnxDType.float32 && type !== onnxDType.int64)).toEqual([]);
  });
});

it('the looks see into loops and find the slices to nothing', () => {
  const parts = written(Object.fromEntries(graphs)['lora loop, blocks and layers recomputed'] ?? {});
  expect(parts).toHaveLength(2);
  expect(parts.reduce((sum, part) => sum + emptyValues(part, parts).size, 0)).toBeGreaterThan(8);
});

describe('cuDNN, which is not asked for when the provider is loaded', () => {
  it.each(graphs)('%s has no ArgMax and no ReduceMax, which would load it', (_, graph) => {
    expect(
      written(graph)
        .flatMap(({ node }) => node)
        .filter(({ opType }) => ['ArgMax', 'ReduceMax', 'ReduceMin', 'ArgMin'].includes(opType)),
    ).toEqual([]);
  });

  it('the largest place by TopK is that of ArgMax, the first one on a tie', async () => {
    const x = input('x', 'float32', ['rows', 2, 4]);
    const outputs = await runOnCpu(
      { place: argMax(x) },
      { x: { shape: [2, 2, 4], data: Float64Array.from([1, 5, 5, 2, 0, 0, 0, 0, -1, -2, -3, -1, 7, 8, 9, 9]) } },
      'cuda',
    );
    expect(outputs['place']).toMatchObject({ shape: [2, 2], data: Float64Array.from([1, 0, 0, 2]) });
  });
});
