import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ghostgrad, jsonLines } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-explain-'))
afterAll(() => rmSync(folder, { recursive: true }))

const expression = ['relu(x*w+b).sum()', '--x', '-2', '--w', '[[1,-2],[3,4]]', '--b=4']

describe('an expression', () => {
  it('is a table of operations with their rules and gradients, beside differences', async () => {
    const { stdout, code, stderr } = await ghostgrad(['explain', ...expression])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^# {2}operation +shape +numbers +by differences +error\n/)
    expect(stdout).toMatch(
      /\n +w +\(2, 2\) +\[\[1, -2\], \[3, 4\]\] *\n +grad +\[\[-2, -2\], \[0, 0\]\] +\[\[-2, -2\], \[0, 0\]\] +\d\.\de-\d+\n/,
    )
    expect(stdout).toMatch(
      /\n1 {2}mul\(x, w\) +\(2, 2\) +y +\[\[-2, 4\], \[-6, -8\]\] *\n +dy +\[\[1, 1\], \[0, 0\]\] *\n {5}dx = dy · w, dw = dy · x *\n +→ x +\(\) +-1 +-1 +/,
    )
    expect(stdout).toMatch(
      /\nloss 10 by js float64; 4 operations; 18 derivatives checked, worst error \d\.\de-\d+ \(#\d \w+, to .+\)\n$/,
    )
  })

  it('goes by the backend that is asked for', async () => {
    const { stdout } = await ghostgrad(['explain', ...expression, '--backend', 'js'])
    expect(stdout).toContain('loss 10 by js float32')
  })

  it('has 1 for a variable without a value, and says so', async () => {
    const { stdout, stderr } = await ghostgrad(['explain', 'x * b', '--x', '3'])
    expect(stderr).toBe('ghostgrad: b is 1, as it was given no value (--b VALUE)\n')
    expect(stdout).toContain('loss 3 by')
  })

  it('may use the names of flags that are for models', async () => {
    expect((await ghostgrad(['explain', 's * d', '--s', '3', '--d', '4'])).stdout).toContain('loss 12 by')
  })

  it('--json is the whole explanation', async () => {
    const [explanation] = jsonLines(await ghostgrad(['explain', ...expression, '--json']))
    expect(Object.keys(explanation!)).toEqual(['loss', 'backend', 'nodes', 'leaves', 'modules'])
    expect(explanation).toMatchObject({
      loss: 10,
      nodes: [{ op: 'mul' }, { op: 'add' }, { op: 'relu' }, { op: 'sum' }],
    })
  })

  it.each([
    ['dot', /^digraph \{\n/],
    ['svg', /^<svg .*<\/svg>\n$/s],
    ['html', /^<!doctype html>\n.*<\/html>\n$/s],
    ['table', /^# {2}operation/],
  ])('--format %s --out writes a file', async (format, content) => {
    const out = join(folder, `graph.${format}`)
    const outcome = await ghostgrad(['explain', ...expression, '--format', format, '--out', out])
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(out, 'utf8')).toMatch(content)
  })

  it.each([
    [['x * y', '--z', '3'], '--z: neither a flag nor a variable of the expression (x, y)'],
    [['x *'], 'expression: expected a number, a name, "(" or "[", got the end at column 4\n  x *\n     ^'],
    [['x', '--x'], '--x: expected a value, as in --x 2'],
    [['x', 'y', '--x', '2'], 'expected one expression or one model, got x and y'],
    [['x', '--x', '[1,y]'], '--x: expected a number or nested lists of numbers, got "[1,y]"'],
    [['resnet57'], 'unknown model "resnet57"; did you mean "resnet56"?'],
    [['resnet20', '--x', '2'], '--x: unknown option; only expressions have variables'],
    [['x', '--format', 'pdf'], "option '--format <format>' argument 'pdf' is invalid"],
    [['x', '--depth', 'deep'], '--depth: expected a whole number, got "deep"'],
    [['out * 2', '--out', '3'], '--out is a flag: give the variable "out" another name'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await ghostgrad(['explain', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`ghostgrad: ${message}`)
  })
})

describe('--step', () => {
  /** Run with these words on stdin. */
  async function walk(words: string): Promise<{ frames: string[]; stderr: string; code: number | null }> {
    const { stdout, stderr, code } = await ghostgrad(['explain', 'exp(x) * x', '--x', '0', '--step'], { stdin: words })
    return { frames: stdout.trimEnd().split('\n\n'), stderr, code }
  }

  it('walks forward and then backward, from next to next', async () => {
    const { frames, code } = await walk('\n'.repeat(10))
    expect(code).toBe(0)
    expect(frames.map((frame) => frame.split('\n').slice(0, 2))).toEqual([
      ['forward 1 of 2', '#1 exp(x)'],
      ['forward 2 of 2', '#2 mul(#1, x)'],
      ['backward 1 of 2', '#2 mul(#1, x)'],
      ['backward 2 of 2', '#1 exp(x)'],
      ['done: loss 0', '  x.grad  ()  1'],
    ])
    expect(frames[0]).toContain('keeps y for backward: 1')
    expect(frames[2]).toMatch(
      /rule {4}d#1 = dy · x, dx = dy · #1\n {2}dy {6}1\n {2}→ #1 {4}\(\) {2}0\n +by differences 0, error /,
    )
    expect(frames[4]).toMatch(/by differences 1, error \d\.\de-\d+$/)
  })

  it('goes back, and quits', async () => {
    const { frames } = await walk('n\nback\nb\nNEXT\nq\nn\n')
    expect(frames.map((frame) => frame.split('\n')[0])).toEqual([
      ...['forward 1 of 2', 'forward 2 of 2', 'forward 1 of 2', 'forward 1 of 2', 'forward 2 of 2'],
    ])
  })

  it('says which words there are', async () => {
    const { frames, stderr } = await walk('forth\n')
    expect(frames).toHaveLength(1)
    expect(stderr).toBe('ghostgrad: "forth": expected n or Enter: next, b: back, q: quit\n')
  })
})

describe('a model', () => {
  it('is shown by modules, its loss on a real image', async () => {
    const { stdout, code } = await ghostgrad(['explain', 'resnet20'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\n +1 +conv2d\(image, conv1\.weight\) +\(1, 16, 32, 32\) /)
    expect(stdout).toMatch(/\n +3–6 +layer1\.0 +BasicBlock +4 +\(1, 16, 32, 32\) .* \d\.\de-\d +#\d \w+ *\n/)
    expect(stdout).toMatch(/\nloss \d\.\d+ by wasm .*; 47 operations; .* worst error \d\.\de-[5-9] \(/)
    expect(stdout).toMatch(/\n--module layer1\.0 shows the operations of one module\n$/)
  })

  it('one module is shown by operations', async () => {
    const args = ['explain', 'resnet20', '--module', 'layer3.2', '--json']
    const [explanation] = jsonLines(await ghostgrad(args)) as { nodes: { op: string; inputs: { name: string }[] }[] }[]
    expect(explanation!.nodes.map(({ op }) => op)).toEqual(['conv2d', 'batchNorm', 'conv2d', 'batchNorm'])
    expect(explanation!.nodes[0]!.inputs[1]!.name).toBe('conv1.weight')
  })

  it('an unknown module is refused', async () => {
    const { stderr, code } = await ghostgrad(['explain', 'resnet20', '--module', 'layer9.0'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^ghostgrad: unknown module "layer9\.0"; did you mean "layer\d\.0"\? known: conv1, bn1, /)
  })
})
