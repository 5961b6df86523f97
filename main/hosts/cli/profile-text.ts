import type { StepProfile } from '../../../native-models/protocol/run-folder/profile.ts';
import { figure, percent, textTable } from './format.ts';

const mostOperators = 10;

/** Where the time of a step goes, in tables. */
export function describeProfile(profile: StepProfile): string {
  const { steps, runMilliseconds, nodeMilliseconds, parts, operators, hostCopies, cpuNodes } = profile;
  const perStep = (total: number) => figure(total / steps, 3);
  return [
    `profile of ${steps} steps on ${profile.provider} in ${profile.precision}: ${perStep(runMilliseconds)} ` +
      `ms per step, ${perStep(nodeMilliseconds)} of them in nodes`,
    textTable(
      ['part', 'forward ms', 'backward ms', 'share'],
      parts.map((part) => [
        part.part,
        perStep(part.forwardMilliseconds),
        perStep(part.backwardMilliseconds),
        percent(part.share),
      ]),
    ),
    textTable(
      ['operator', 'nodes', 'ms', 'share'],
      operators
        .slice(0, mostOperators)
        .map((row) => [row.operator, figure(row.nodes / steps), perStep(row.milliseconds), percent(row.share)]),
    ),
    ...(profile.cpuNodesForbidden === null
      ? []
      : [
          `copies to and from the host: ${figure(hostCopies.nodes / steps)} per step, ` +
            `${percent(hostCopies.share)} of the time`,
          profile.cpuNodesForbidden
            ? 'nodes on the CPU: none; the runtime took the graph with the CPU forbidden'
            : `nodes on the CPU: ${figure(cpuNodes.nodes / steps)} per step, ${percent(cpuNodes.share)} of the time`,
        ]),
  ].join('\n');
}
