import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, main } from './support.js'

const newFolder = temporaryFolders()

/** What bash offers after `ghostgrad WORDS…`, one list for each, with our script sourced. */
async function complete(...lines: string[][]): Promise<string[][]> {
  const folder = newFolder()
  const { stdout } = await ghostgrad(['completion', 'bash'])
  writeFileSync(join(folder, 'completion.bash'), stdout)
  const asked = lines.map((words) => {
    const list = ['ghostgrad', ...words].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${list}) COMP_CWORD=${words.length} COMPREPLY=(); __ghostgrad_complete; echo "\${COMPREPLY[*]}"`
  })
  const script = [`ghostgrad() { '${process.execPath}' '${main}' "$@"; }`, 'source completion.bash', ...asked].join(
    '\n',
  )
  const result = await promisify(execFile)('bash', ['--norc', '-c', script], { cwd: folder })
  const offered = result.stdout.replace(/\n$/, '').split('\n')
  return offered.map((line) => (line === '' ? [] : line.split(' ')))
}

describe.skipIf(process.platform === 'win32')('completion', () => {
  it('offers commands, flags, models and other names in bash', async () => {
    const [commands, flags, models, argument, choices, inner, paths] = await complete(
      ['tr'],
      ['train', '--batch'],
      ['train', '--model', 'ghost-resnet5'],
      ['summary', 'ghost-v'],
      ['train', '--augment', ''],
      ['figure', 'grad'],
      ['eval', '--weights', ''],
    )
    expect(commands).toEqual(['train'])
    expect(flags).toEqual(['--batch-size'])
    expect(models).toEqual(['ghost-resnet56', 'ghost-resnet50'])
    expect(argument).toEqual(['ghost-vgg16'])
    expect(choices).toEqual(['none', 'crop', 'standard', 'cutout'])
    expect(inner).toEqual(['gradcam'])
    expect(paths).toEqual([])
  }, 180_000)

  it('leaves paths to the shell', async () => {
    expect((await ghostgrad(['complete', '--', 'eval', '--weights', ''])).stdout).toBe(':0\n')
    expect((await ghostgrad(['complete', '--', 'train', '--model', 'vgg'])).stdout).toMatch(/^vgg16\t.*\n:4\n$/)
  })

  it.each(['zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { stdout, code } = await ghostgrad(['completion', shell])
    expect(code).toBe(0)
    expect(stdout).toMatch(/ghostgrad complete -- /)
  })

  it('knows no other shells', async () => {
    const { stderr, code } = await ghostgrad(['completion', 'tcsh'])
    expect(stderr).toMatch(/'tcsh' is invalid for argument 'shell'/)
    expect(code).toBe(2)
  })
})
