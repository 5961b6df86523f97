/** What trains where: the providers of onnxruntime-node by platform, and how far each has been proven. */
export function platformNotes(
  platform: NodeJS.Platform = process.platform,
  architecture: string = process.arch,
): readonly string[] {
  const proven =
    'The CPU is tested. WebGPU is tested on a software GPU only, CUDA only without a GPU, DirectML not at ' +
    'all: each has to pass the gradient self-test before it may train.';
  switch (platform) {
    case 'linux':
      return architecture === 'x64'
        ? [
            'Linux x64: cpu and webgpu (Vulkan) are bundled; cuda works once the provider files of the same ' +
              'version are installed (safedpo doctor --install FILE) and CUDA and a driver are found.',
            proven,
          ]
        : ['Linux on ARM: cpu only; onnxruntime-node has no CUDA provider for it.', proven];
    case 'win32':
      return [
        'Windows: cpu, webgpu and dml (DirectML) are bundled; onnxruntime-node has no CUDA build for ' +
          'Windows. Under WSL the Linux build with cuda is used.',
        proven,
      ];
    case 'darwin':
      return [
        architecture === 'arm64'
          ? 'macOS on Apple silicon: cpu and webgpu (Metal) are bundled.'
          : 'macOS on Intel: onnxruntime-node is not built for it.',
        proven,
      ];
    default:
      return [`${platform}: not a platform onnxruntime-node is built for.`];
  }
}
