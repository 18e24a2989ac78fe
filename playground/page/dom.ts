/** The element of this id, which index.html has. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T

/** A new element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** Fill a choice; what was chosen stays so where it is still there. */
export function fillSelect(select: HTMLSelectElement, choices: readonly { value: string; text: string }[]): void {
  const before = select.value
  select.replaceChildren(...choices.map((choice) => make('option', choice)))
  if (choices.some(({ value }) => value === before)) select.value = before
}
