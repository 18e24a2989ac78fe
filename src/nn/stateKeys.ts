/**
 * The name of a property in a state dict: PyTorch's modules spell in snake_case what ours spell in camelCase.
 * @example stateKey('numBatchesTracked') // 'num_batches_tracked'
 */
export const stateKey = (property: string): string => property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A dotted path one step longer; the root has the empty path. */
export const joinPath = (path: string, step: string): string => (path ? `${path}.${step}` : step)
