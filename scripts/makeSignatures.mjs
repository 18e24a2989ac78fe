// Writes src/tensor/wasm/signatures.ts: what each kernel in assembly/ is called with. The kernels' own parameter lists are
// the one source; the host names its arguments by them, so that a missing or misspelt one does not compile.
// With --check: fails where the file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = join(root, 'src/tensor/wasm/signatures.ts')

/** The functions that a module of assembly/ exports, those of the modules that it passes on included. */
function exported(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const all = exported(join(dirname(path), `${statement.moduleSpecifier.text}.ts`))
      if (!statement.exportClause) return all
      const names = statement.exportClause.elements.map((element) => element.name.text)
      return all.filter(({ name }) => names.includes(name.text))
    }
    const isExport = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    return ts.isFunctionDeclaration(statement) && isExport ? [statement] : []
  })
}

const entries = exported(join(root, 'assembly/index.ts')).flatMap(({ name, parameters }) => {
  const [, threads, ...own] = parameters.map((parameter) => [parameter.name.getText(), parameter.type.getText()])
  if (threads?.[0] !== 'threads') return [] // not a kernel
  const list = own.map(([parameter, type]) => `${parameter}: '${type}'`)
  const line = `  ${name.text}: { ${list.join(', ')} },`
  return line.length <= 120 ? line : `  ${name.text}: {\n${list.map((entry) => `    ${entry},\n`).join('')}  },`
})

const text = `// Made by scripts/makeSignatures.mjs from the kernels in assembly/; do not edit.

/** The parameters of each kernel with their AssemblyScript types, without the first two, \`thread\` and \`threads\`. */
export const signatures = {
${entries.join('\n')}
} as const

export type KernelName = keyof typeof signatures

/** What a kernel is called with: addresses, sizes and numbers, and booleans where it has options. */
export type KernelArguments<Name extends KernelName> = {
  readonly [Parameter in keyof (typeof signatures)[Name]]: (typeof signatures)[Name][Parameter] extends 'bool'
    ? boolean
    : number
}
`
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) throw new Error('src/tensor/wasm/signatures.ts: run "npm run build"')
} else writeFileSync(target, text)
