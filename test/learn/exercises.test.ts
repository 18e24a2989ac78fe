/** The exercises of the course: each has a gap that its checks notice, and a solution that they accept. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lessons, root } from './lesson.js'

const check = join(root, 'examples/learn/exercises/check.mjs')

const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, ['--test-reporter=tap', check, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode!, stdout, stderr }),
    )
  })

const countOf = (what: string, output: string): number =>
  Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1])

const names = lessons.map(({ name }) => name)

test('every lesson has an exercise with checks and a solution', () => {
  for (const folder of ['exercises', 'exercises/tests', 'solutions']) {
    const files = readdirSync(join(root, 'examples/learn', folder)).filter((file) => /^\d/.test(file))
    expect(files.sort(), folder).toEqual(names.map((name) => `${name}.mjs`))
  }
})

test.each(names)('%s: no check passes before it is solved, all pass with the solution', async (name) => {
  const number = name.slice(0, 2)
  const [unsolved, solved] = await Promise.all([run(number), run(number, '--solution')])
  expect(unsolved.code).toBe(1)
  expect(countOf('pass', unsolved.stdout)).toBe(0)
  expect(unsolved.stdout).toContain('your turn')
  expect(solved.code, solved.stdout).toBe(0)
  expect(countOf('fail', solved.stdout)).toBe(0)
  expect(countOf('pass', solved.stdout)).toBe(countOf('fail', unsolved.stdout))
})

test('an unknown exercise is refused, with those that there are', async () => {
  const { code, stderr } = await run('99')
  expect(code).toBe(2)
  expect(stderr).toContain(`exercises: ${names.map((name) => name.slice(0, 2)).join(', ')}`)
})
