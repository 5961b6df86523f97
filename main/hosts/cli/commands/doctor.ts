import type { Command } from 'commander';
import { tmpdir } from 'node:os';
import type { Card } from '../../../../native-models/runtime/nvidia-smi.ts';
import { gigabytes } from '../../../../native-models/gigabytes.ts';
import type { ProviderReport } from '../../../providers/providers.ts';
import type { TelemetryStore } from '../../../hardware/telemetry-store.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';

/** `doctor`: what this machine has for training, and what it lacks. */
export function doctorCommand(): Command {
  return createCommand(
    'doctor',
    'show CPU, memory, GPU, driver and CUDA libraries, and whether each execution provider can be used',
  )
    .option(
      '--install <file>',
      'take the CUDA provider files out of an onnxruntime-gpu wheel, onnxruntime_gpu jar or NuGet package',
    )
    .option(
      '--remove-telemetry-store',
      "remove what ONNX Runtime's telemetry left on this machine, also from other programs",
    )
    .action((options: CommonOptions & { install?: string; removeTelemetryStore?: boolean }) =>
      execute(options, async (io) => {
        const { diagnose } = await import('../../../providers/doctor.ts');
        const installed = options.install === undefined ? null : await install(options.install);
        io.progress('testing the providers');
        const report = await diagnose(io.signal);
        const { findTelemetryStore, removeTelemetryStore } = await import('../../../hardware/telemetry-store.ts');
        if (options.removeTelemetryStore === true) await removeTelemetryStore();
        const telemetryStore = await findTelemetryStore();
        const document = { ...report, telemetryStore, ...(installed === null ? {} : { installed }) };
        const lines = [
          ...(installed === null
            ? []
            : [
                `installed from a package with SHA-256 ${installed.sha256}:`,
                ...installed.files.map(({ path, sha256 }) => `  ${path}  ${sha256}`),
              ]),
          `${report.cpu.model}, ${report.cpu.threads} threads`,
          `memory ${gigabytes(report.memoryBytes)}, ${gigabytes(report.freeMemoryBytes)} available`,
          ...(report.gpus.length === 0 ? ['no NVIDIA GPU found'] : report.gpus.map(cardLine)),
          `onnxruntime-node ${report.runtime.version} in ${report.runtime.folder}`,
          ...report.libraries.map(({ name, location }) => `  ${name}: ${location ?? 'not found'}`),
          ...(report.cudaMajor === null ? [] : [`the CUDA provider file needs CUDA ${report.cudaMajor}`]),
          ...report.providers.flatMap((provider) => providerLines(provider, report.preferred)),
          `auto takes ${report.preferred}: ${report.preferredReason}`,
          ...report.notes,
          ...(telemetryStore === null ? [] : [telemetryLine(telemetryStore)]),
        ];
        io.result(document, lines.join('\n'));
      }),
    );
}

function telemetryLine({ folder, bytes, debugLogs }: TelemetryStore): string {
  return [
    `ONNX Runtime's telemetry, which is off here, has left ${bytes} bytes in ${folder} and ${debugLogs} ` +
      `mat-debug files in ${tmpdir()}:`,
    '  a machine ID and queued events, which another program that uses ONNX Runtime with telemetry could send.',
    '  To remove them: safedpo doctor --remove-telemetry-store',
  ].join('\n');
}

async function install(file: string) {
  const { installProvider } = await import('../../../hardware/install-provider.ts');
  return installProvider(file);
}

function cardLine({ name, driver, computeCapability, totalBytes, freeBytes }: Card): string {
  const memory =
    totalBytes === null
      ? ''
      : `, ${freeBytes === null ? '' : `${gigabytes(freeBytes)} free of `}${gigabytes(totalBytes)}`;
  return `${name}${memory}, compute capability ${computeCapability ?? 'unknown'}, driver ${driver ?? 'unknown'}`;
}

function providerLines({ name, usable, problems }: ProviderReport, preferred: string): string[] {
  return [
    `${name}: ${usable ? `usable${name === preferred ? ' (auto takes this one)' : ''}` : 'not usable'}`,
    ...problems.map(({ reason, fix }) => `  ${reason}; to fix it: ${fix}`),
  ];
}
