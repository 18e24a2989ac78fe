type Child = Node | string | null | undefined

/** An element of the page. @param properties of the element; `class`, `data-…`, `aria-…` and `role` are attributes */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class' || key === 'role' || /^(data|aria)-/.test(key)) element.setAttribute(key, String(value))
    else Object.assign(element, { [key]: value })
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/** An element of a drawing. */
export function draw<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number> = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/** A number in at most four digits, as short as it can be. */
export const short = (v: number): string => (Number.isFinite(v) ? String(Number(v.toPrecision(4))) : String(v))
