import { mountDebugger } from '../../assets/explain/debugger.js'
import type { Explanation } from '../../src/explain/explanation.js'
import type { View } from '../../src/explain/formats/views.js'

/** Walk through an explanation, in this element. */
export function openDebugger(place: HTMLElement, explanation: Explanation, views: readonly View[]): void {
  const inside = document.createElement('div')
  inside.tabIndex = 0
  place.replaceChildren(inside)
  mountDebugger(inside, { explanation, views })
  inside.focus()
}
