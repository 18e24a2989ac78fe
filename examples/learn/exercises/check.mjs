// Checks your solution of an exercise: `node examples/learn/exercises/check.mjs 03`; with --solution, the one that is kept.
import { readdirSync } from 'node:fs'

const exercises = readdirSync(import.meta.dirname).filter((file) => /^\d\d-/.test(file))
const [number, flag] = process.argv.slice(2)
const file = exercises.find((name) => name.startsWith(`${number}-`))

if (!file || (flag !== undefined && flag !== '--solution')) {
  const known = exercises.map((name) => name.slice(0, 2)).join(', ')
  console.error(`usage: node examples/learn/exercises/check.mjs NUMBER [--solution]; exercises: ${known}`)
  process.exit(2)
}

const { default: checksOf } = await import(`./tests/${file}`)
const checks = checksOf(await import(flag ? `../solutions/${file}` : `./${file}`))
const said = new Set()
let passed = 0

for (const { name, hint, run } of checks) {
  try {
    run()
    passed++
    console.log(`✓ ${name}`)
  } catch ({ message }) {
    console.log(`✗ ${name}\n    ${message.replaceAll('\n', '\n    ')}`)
    const isUnsolved = message.startsWith('your turn')
    if (!isUnsolved && !said.has(hint)) console.log(`    hint: ${hint}`)
    said.add(hint)
  }
}
console.log(`\n${passed} of ${checks.length} checks pass`)
process.exitCode = passed === checks.length ? 0 : 1
