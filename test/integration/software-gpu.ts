import { existsSync } from 'node:fs';

const chromium = '/usr/lib/chromium';

/**
 * Chromium brings a software GPU and a Vulkan loader: slow, and right for tests. What an engine's environment needs to
 * find them; nothing without Chromium.
 */
export const softwareGpu: { readonly [name: string]: string } = existsSync(`${chromium}/vk_swiftshader_icd.json`)
  ? { VK_DRIVER_FILES: `${chromium}/vk_swiftshader_icd.json`, LD_LIBRARY_PATH: chromium }
  : {};
