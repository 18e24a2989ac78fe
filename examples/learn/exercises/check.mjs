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

const { default: check } = await import(`./tests/${file}`)
check(await import(flag ? `../solutions/${file}` : `./${file}`))
