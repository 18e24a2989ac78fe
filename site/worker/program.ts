/** Names that a program may import, and what it gets. */
export type Modules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What a program meets besides the language. */
export interface Surroundings {
  modules: Modules
  /** Told each time that the next snippet begins. */
  onSnippet: (index: number) => void
  console: Pick<Console, 'log'>
}

const file = 'snippet.js'

type Body = (imported: unknown, begin: unknown, console: unknown) => Promise<Record<string, unknown>>
type BodyConstructor = new (...parts: string[]) => Body
const AsyncFunction = (async () => {}).constructor as BodyConstructor

/**
 * Run snippets as one module, in strict mode: each sees what those before it declared.
 * @returns what they export
 * @throws what they throw; a SyntaxError where they are not JavaScript
 */
export async function runProgram(
  snippets: readonly string[],
  { modules, onSnippet, console }: Surroundings,
): Promise<Record<string, unknown>> {
  const imported = (name: string): unknown => {
    const module = modules[name]
    if (!module) throw new Error(`a page has no module "${name}": expected ${Object.keys(modules).join(', ')}`)
    return module
  }
  return compile(snippets)(imported, onSnippet, console)
}

function compile(snippets: readonly string[]): Body {
  const names = snippets.flatMap((text) => [...text.matchAll(exportPattern)].map(([, , name]) => name!))
  const marked = snippets.map((text, i) => `__begin(${i});${plain(text)}`)
  const source = `"use strict";${marked.join('\n')}\nreturn { ${names.join(', ')} }\n//# sourceURL=${file}`
  return new AsyncFunction('__import', '__begin', 'console', source)
}

const exportPattern = /^export (const|let|function|class|async function) (\w+)/gm
const importPattern = /^import\s+(\{[^}]*\}|\* as \w+)\s+from\s+(['"][^'"]+['"]);?/gm

/** Imports and exports as a function may have them, on the same lines. */
const plain = (text: string): string =>
  text
    .replace(importPattern, (_, bindings: string, name: string) => {
      const names = bindings.startsWith('*') ? bindings.slice(5) : bindings.replace(/\bas\b/g, ':')
      return `const ${names} = __import(${name});`
    })
    .replace(exportPattern, (text) => text.slice('export '.length))

/** Where an error came from: a snippet, and a line of it from 1; null where that cannot be told. */
export function placeOf(error: unknown, snippets: readonly string[]): { snippet: number; line: number | null } | null {
  if (error instanceof SyntaxError && !(error.stack ?? '').includes(file)) return firstThatFails(snippets)
  const found = new RegExp(`${file}:(\\d+)`).exec((error as Error | undefined)?.stack ?? '')
  // A function made of text begins with two lines of its own.
  let line = Number(found?.[1]) - 2
  if (!found || line < 1) return null
  for (const [snippet, text] of snippets.entries()) {
    const lines = text.split('\n').length
    if (line <= lines) return { snippet, line }
    line -= lines
  }
  return null
}

/** The snippet without which those before it are JavaScript. */
function firstThatFails(snippets: readonly string[]): { snippet: number; line: null } | null {
  for (const snippet of snippets.keys()) {
    try {
      compile(snippets.slice(0, snippet + 1))
    } catch {
      return { snippet, line: null }
    }
  }
  return null
}
