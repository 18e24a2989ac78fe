import type { Explanation } from '../../../src/explain/explanation.js'

export function mountDebugger(_place: HTMLElement, _explanation: Explanation): void {}
