import type { CallNode, Node } from './parse.js'
import type { Kind, Signature } from './signatures.js'

/** An argument of a call, and what it has to be; `node` is undefined where an optional one was left out. */
export interface Argument {
  name: string
  kind: Kind | 'tensors'
  node: Node | undefined
}

/**
 * Put the arguments of a call in their places.
 * @param fail throws
 * @returns those that are handed over in order, then those that go into the options
 */
export function matchArguments(
  { name, args, named, at }: CallNode,
  { tensors, plain = {}, options = {} }: Signature,
  fail: (at: number, message: string) => never,
): { inOrder: Argument[]; byName: Argument[] } {
  const places = [
    ...(tensors === 'list' ? [['tensors', 'tensors'] as const] : tensors.map((tensor) => [tensor, 'tensor'] as const)),
    ...Object.entries(plain),
  ].map(([name, kind]) => ({
    name: name.replace('?', ''),
    kind: kind.replace('?', '') as Kind | 'tensors',
    isOptional: name.endsWith('?') || kind.endsWith('?'),
  }))
  const names = [...places.map((place) => place.name), ...Object.keys(options).map((option) => `${option}=…`)]
  const takes = `${name} takes ${names.join(', ')}`

  const extra = args[places.length]
  if (extra) fail(extra.at, `too many arguments: ${takes}`)
  const given = new Map(args.map((arg, i) => [places[i]!.name, arg]))
  for (const { name, value } of named) {
    if (given.has(name)) fail(value.at, `"${name}" is given twice`)
    if (!names.includes(name) && !(name in options)) fail(value.at, `unknown argument "${name}": ${takes}`)
    given.set(name, value)
  }
  const missing = places.find((place) => !place.isOptional && !given.has(place.name))
  if (missing) fail(at, `"${missing.name}" is missing: ${takes}`)
  return {
    inOrder: places.map(({ name, kind }) => ({ name, kind, node: given.get(name) })),
    byName: Object.entries(options)
      .filter(([name]) => given.has(name))
      .map(([name, kind]) => ({ name, kind, node: given.get(name) })),
  }
}
