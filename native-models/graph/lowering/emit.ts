import { failed } from '../../failure.ts';
import { bodyNodes, dependencies, outsideLoopBodies, reach, resolve } from '../walk.ts';
import { irVersions, loweringTables, opsets, type Target } from './providers.ts';
import { microsoft, type NodeWriter, type OnnxAttribute } from './writer.ts';
import { ModelProto, attributeType, externalLocation } from '../onnx-proto.ts';
import { onnxDType, tensorBytes } from '../tensor-bytes.ts';
import { scopedName } from '../scope.ts';
import { isUntold } from '../shape.ts';
import type { DType, GraphNode, Shape, Value } from '../value.ts';

/** One kind of node that a graph has. */
export interface EmittedOperator {
  readonly opType: string;
  readonly domain: string;
  /** The standard operator set of the graph, which decides the operator's version. */
  readonly opset: number;
  /** Element types of the inputs. */
  readonly dtypes: readonly string[];
}

export interface EmittedGraph {
  /** A serialised `ModelProto`; equal graphs give equal bytes. */
  readonly bytes: Uint8Array;
  readonly nodeCount: number;
  /** Each kind once, for checks against a provider's kernel table. */
  readonly operators: readonly EmittedOperator[];
}

function attributeProto(name: string, value: OnnxAttribute): object {
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: attributeType.int, i: value };
  return 'float' in value
    ? { name, type: attributeType.float, f: value.float }
    : { name, type: attributeType.ints, ints: value };
}

function valueInfo(name: string, dtype: DType, shape: Shape): object {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: onnxDType[dtype], shape: { dim } } } };
}

class Emission {
  readonly initializers: object[] = [];
  readonly operators = new Map<string, EmittedOperator>();
  nodeCount = 0;
  readonly #target: Target;
  readonly #read: ReadonlySet<number>;
  readonly #names = new Map<number, string>();
  readonly #dtypes = new Map<string, string>();
  readonly #constants = new Map<string, string>();
  readonly #untold = new Set<string>();
  #counter = 0;

  constructor(target: Target, read: ReadonlySet<number>) {
    this.#target = target;
    this.#read = read;
  }

  /**
   * Shapes of what these nodes make: known, they let the runtime find a free buffer at once; without them loading a
   * deep model takes minutes.
   */
  innerShapes(nodes: readonly GraphNode[]): object[] {
    return outsideLoopBodies(nodes).flatMap((node) =>
      node.outputs
        .filter(({ shape }) => !isUntold(shape))
        .map((value) => valueInfo(this.name(value), value.dtype, value.shape)),
    );
  }

  fresh(prefix: string): string {
    this.#counter += 1;
    return `${prefix}_${this.#counter}`;
  }

  bind(value: Value, name: string): void {
    this.#names.set(value.id, name);
    this.#dtypes.set(name, value.dtype);
  }

  name(value: Value): string {
    const actual = resolve(value);
    const known = this.#names.get(actual.id);
    if (known !== undefined) return known;
    if (actual.origin.kind !== 'node')
      throw failed('graph-invalid', `A ${actual.origin.kind} value is used before it is defined.`);
    const name = this.fresh(actual.origin.node.op);
    this.bind(actual, name);
    return name;
  }

  constantNamed(
    dtype: DType,
    dims: readonly number[],
    data: ArrayLike<number>,
    prefix: 'constant' | 'untold' = 'constant',
  ): string {
    const key = `${prefix}:${dtype}:${dims.join(',')}:${Array.from(data).join(',')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(prefix);
    this.initializers.push({ name, dims, dataType: onnxDType[dtype], rawData: tensorBytes(dtype, data) });
    this.#dtypes.set(name, dtype);
    this.#constants.set(key, name);
    return name;
  }

  /** A one-dimensional int64 constant as a default of an input, so that the runtime infers no shape from it. */
  untoldIntegers(values: readonly number[]): string {
    const name = this.constantNamed('int64', [values.length], values, 'untold');
    this.#untold.add(name);
    return name;
  }

  /** Inputs that nobody feeds, of which not even the number of axes is said: {@link untoldIntegers}. */
  untoldInputs(): object[] {
    return [...this.#untold].map((name) => ({ name, type: { tensorType: { elemType: onnxDType.int64 } } }));
  }

  leaf(value: Value): void {
    const { origin, shape, dtype } = value;
    if (origin.kind === 'constant') {
      if (origin.data.length <= 16) {
        this.bind(value, this.constantNamed(dtype, shape.map(Number), origin.data));
        return;
      }
      const name = this.fresh('constant');
      this.bind(value, name);
      this.initializers.push({
        name,
        dims: shape,
        dataType: onnxDType[dtype],
        rawData: tensorBytes(dtype, origin.data),
      });
    } else if (origin.kind === 'external') {
      this.bind(value, origin.name);
      const entries = {
        location: origin.data.location,
        offset: String(origin.data.offsetBytes),
        length: String(origin.data.lengthBytes),
      };
      this.initializers.push({
        name: origin.name,
        dims: shape,
        dataType: onnxDType[dtype],
        dataLocation: externalLocation,
        externalData: Object.entries(entries).map(([key, text]) => ({ key, value: text })),
      });
    } else if (origin.kind === 'input') {
      this.bind(value, origin.name);
    }
  }

  nodes(nodes: readonly GraphNode[]): object[] {
    const written: object[] = [];
    for (const node of outsideLoopBodies(nodes)) this.#node(node, written);
    return written;
  }

  #writer(node: GraphNode, written: object[]): NodeWriter {
    return {
      name: (value) => this.name(value),
      temporary: (dtype = node.outputs[0]?.dtype ?? 'float32') => {
        const name = this.fresh(`${node.op}_part`);
        this.#dtypes.set(name, dtype);
        return name;
      },
      isRead: (value) => this.#read.has(value.id),
      integers: (values) => this.constantNamed('int64', [values.length], values),
      untoldIntegers: (values) => this.untoldIntegers(values),
      scalarLike: (value, number) => this.constantNamed(value.dtype, [], [number]),
      node: (opType, inputs, outputs, attributes = {}, domain = '') => {
        this.nodeCount += 1;
        const dtypes = inputs.map((name) => this.#dtypes.get(name) ?? '');
        this.#count(opType, domain, dtypes);
        const label = `${scopedName(node.scope, node.op)}_${this.nodeCount}`;
        written.push({
          opType,
          domain,
          name: label,
          input: inputs,
          output: outputs,
          attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
        });
      },
    };
  }

  /** A node that stands for itself, outside the lowering tables. */
  plain(opType: string, inputs: readonly Value[]): void {
    this.#count(
      opType,
      '',
      inputs.map(({ dtype }) => dtype),
    );
  }

  #count(opType: string, domain: string, dtypes: readonly string[]): void {
    const operator = { opType, domain, opset: opsets[this.#target], dtypes };
    this.operators.set(JSON.stringify(operator), operator);
  }

  #node(node: GraphNode, written: object[]): void {
    if (node.body !== null) {
      written.push(this.#loop(node, node.body));
      return;
    }
    loweringTables[this.#target][node.op](node, this.#writer(node, written));
  }

  #loop(node: GraphNode, body: NonNullable<GraphNode['body']>): object {
    for (const value of body.inputs) this.bind(value, this.fresh('body'));
    const nodes = this.nodes(bodyNodes(node));
    // A body output must be made inside the body, under a name of its own.
    const outputs = body.outputs.map((value) => {
      const name = this.fresh('body_output');
      this.plain('Identity', [value]);
      nodes.push({ opType: 'Identity', domain: '', name, input: [this.name(value)], output: [name], attribute: [] });
      return valueInfo(name, value.dtype, value.shape);
    });
    const graph = {
      name: this.fresh('body_graph'),
      node: nodes,
      valueInfo: this.innerShapes(bodyNodes(node)),
      input: body.inputs.map((value) => valueInfo(this.name(value), value.dtype, value.shape)),
      output: outputs,
    };
    this.nodeCount += 1;
    this.plain('Loop', node.inputs);
    return {
      opType: 'Loop',
      domain: '',
      name: this.fresh('Loop'),
      input: node.inputs.map((value) => this.name(value)),
      output: node.outputs.map((value) => this.name(value)),
      attribute: [{ name: 'body', type: attributeType.graph, g: graph }],
    };
  }
}

/**
 * Writes the graph that computes `outputs` (name → value) as an ONNX model for one provider's kernels.
 * Nodes keep the order in which they were built; nothing that no output needs is written, inputs included.
 */
export function emit(
  outputs: { readonly [name: string]: Value },
  { target }: { readonly target: Target },
): EmittedGraph {
  const { nodes, leaves } = reach(Object.values(outputs));
  const read = new Set([...Object.values(outputs), ...nodes.flatMap(dependencies)].map((value) => resolve(value).id));
  const emission = new Emission(target, read);
  const graphInputs = leaves.filter(({ origin }) => origin.kind === 'input');
  for (const leaf of leaves) emission.leaf(leaf);
  const written = emission.nodes(nodes);
  for (const [name, value] of Object.entries(outputs)) {
    emission.plain('Identity', [value]);
    written.push({
      opType: 'Identity',
      domain: '',
      name: `output/${name}`,
      input: [emission.name(value)],
      output: [name],
      attribute: [],
    });
  }
  const contributed = [...emission.operators.values()].some(({ domain }) => domain === microsoft);
  const model = {
    irVersion: irVersions[target],
    producerName: 'safedpo-studio',
    opsetImport: [{ domain: '', version: opsets[target] }, ...(contributed ? [{ domain: microsoft, version: 1 }] : [])],
    graph: {
      name: 'graph',
      node: written,
      initializer: emission.initializers,
      valueInfo: emission.innerShapes(nodes),
      input: [
        ...graphInputs.map((value) => valueInfo(emission.name(value), value.dtype, value.shape)),
        ...emission.untoldInputs(),
      ],
      output: Object.entries(outputs).map(([name, value]) => valueInfo(name, value.dtype, value.shape)),
    },
  };
  return {
    bytes: ModelProto.encode(ModelProto.fromObject(model)).finish(),
    nodeCount: emission.nodeCount,
    operators: [...emission.operators.values()],
  };
}
