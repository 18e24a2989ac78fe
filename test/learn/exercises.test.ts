/** The exercises of the course: each has a gap that its checks notice, and a solution that they accept. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { lessons, root } from './lesson.js'

interface Check {
  name: string
  hint: string
  run: () => void
}

const folder = join(root, 'examples/learn')
const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)

const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const check = join(folder, 'exercises/check.mjs')
    const child = execFile(process.execPath, [check, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode!, stdout, stderr }),
    )
  })

const names = lessons.map(({ name }) => name)

test('every lesson has an exercise with checks and a solution', () => {
  for (const part of ['exercises', 'exercises/tests', 'solutions']) {
    const files = readdirSync(join(folder, part)).filter((file) => /^\d/.test(file))
    expect(files.sort(), part).toEqual(names.map((name) => `${name}.mjs`))
  }
})

test.each(names)('%s: no check passes before it is solved, all pass with the solution', async (name) => {
  const checksOf: (answer: unknown) => Check[] = (await load(`exercises/tests/${name}.mjs`)).default
  const unsolved = checksOf(await load(`exercises/${name}.mjs`))
  for (const check of unsolved) expect(check.run, check.name).toThrow('your turn')
  for (const check of checksOf(await load(`solutions/${name}.mjs`))) {
    check.run()
    expect(check.hint).toMatch(/^[^\n]{20,}[.?]$/)
  }
})

test('the command prints a score, what was expected and a hint, and no trace', async () => {
  const [unsolved, solved] = await Promise.all([run('05'), run('05', '--solution')])
  expect(unsolved.code).toBe(1)
  expect(unsolved.stdout).toMatch(/^✗ one number: as differences say\n {4}your turn: dx for dy = \(2\) at x = \(3\)\n/)
  expect(unsolved.stdout).toMatch(/\n0 of 4 checks pass\n$/)
  expect(unsolved.stdout + unsolved.stderr).not.toMatch(/^ *at .*:\d+:\d+/m)
  expect(solved.code).toBe(0)
  expect(solved.stdout).toMatch(/\n4 of 4 checks pass\n$/)
})

test('a wrong answer is told what came, and a hint', async () => {
  const checksOf: (answer: unknown) => Check[] = (await load('exercises/tests/02-broadcasting.mjs')).default
  const wrong = checksOf({ sumToShape: (dy: number[]) => dy })
  expect(wrong[0]!.run).toThrow('expected [3,7], got [1,2,3,4]')
})

test('an unknown exercise is refused, with those that there are', async () => {
  const { code, stderr } = await run('99')
  expect(code).toBe(2)
  expect(stderr).toContain(`exercises: ${names.map((name) => name.slice(0, 2)).join(', ')}`)
})
