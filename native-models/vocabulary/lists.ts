/**
 * The closed lists that the engine, the services, the contract, the command line and the page share. Nothing is
 * imported here, so that each of them may use it.
 */

/** How the learning rate falls after the warm-up. */
export const scheduleNames = ['cosine', 'linear', 'constant'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/** Execution providers of ONNX Runtime that the engine emits graphs for. */
export const providerNames = ['cpu', 'cuda', 'webgpu', 'dml'] as const;
export type ProviderName = (typeof providerNames)[number];

/** Element types of matrix products, or int4 blocks for frozen weights. */
export const precisionNames = ['float32', 'bfloat16', 'float16', 'int4'] as const;
export type PrecisionName = (typeof precisionNames)[number];
/** What a person asks for; `auto` leaves it to the provider, the card and the memory plan. */
export const precisionChoices = ['auto', ...precisionNames] as const;
export type PrecisionChoice = (typeof precisionChoices)[number];

/** How a prompt becomes text: the model's own chat template, that of PKU-SafeRLHF, or the plain visible one. */
export const templateNames = ['model', 'pku', 'plain'] as const;
export type TemplateName = (typeof templateNames)[number];

/** What a trained model can be written as; the first where nobody chooses. */
export const exportFormats = ['safetensors', 'peft', 'gguf', 'onnx'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const [defaultExportFormat] = exportFormats;

/** Element types that the matrices of an export can have. */
export const exportDtypes = ['float32', 'float16', 'bfloat16'] as const;
export type ExportDtype = (typeof exportDtypes)[number];

/** Who says a message of a conversation. */
export const messageRoles = ['system', 'user', 'assistant', 'tool'] as const;
export type MessageRole = (typeof messageRoles)[number];

/** What SafeDPO's transform T makes of a pair (arXiv 2505.20065, section 3.2). */
export const transformClasses = ['keptSafeSafe', 'keptSafeUnsafe', 'swapped', 'dropped', 'waiting'] as const;
export type TransformClass = (typeof transformClasses)[number];

/** Safety of the chosen and the rejected response of a pair that trains: metrics are split by it. */
export const pairClasses = ['safe_safe', 'safe_unsafe'] as const;
export type PairClass = (typeof pairClasses)[number];

/** The steps of the wizard, in order. */
export const wizardSteps = ['model', 'data', 'review', 'hyperparameters', 'train', 'evaluate', 'export'] as const;
export type WizardStep = (typeof wizardSteps)[number];
