import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { explain } from '../../src/explain/explain.js'
import { parseExpression } from '../../src/explain/expression/expression.js'
import { layOut } from '../../src/explain/formats/layout.js'
import { graphOf } from '../../src/explain/graph.js'
import { toDot, toHtml, toSvg } from '../../src/explain/index.js'
import { GhostBottleneck } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { rand, tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend('float64'))

const names = { 'a<"b"&\\': tensor([1, 2], { requiresGrad: true }) }
const small = explain(() => F.sum(F.square(names['a<"b"&\\'])), { names })
const model = new GhostBottleneck(4, 8, 6, { stride: 2, se: true })
const image = rand([2, 4, 6, 6])
const bottleneck = explain(() => F.mean(model.call(image)), { model, names: { image } })

describe('dot', () => {
  /** A statement of Graphviz's language, of the two kinds that are written: a quoted string may hold any escaped character. */
  const quoted = String.raw`"(?:[^"\\]|\\.)*"`
  const statement = new RegExp(
    `^  (?:node \\[.*\\]|${quoted} \\[shape=\\w+, label=${quoted}\\]|${quoted} -> ${quoted})$`,
  )

  test.each([small, bottleneck])('every line is a statement, and edges are between boxes', (explanation) => {
    const lines = toDot(explanation).trimEnd().split('\n')
    expect([lines[0], lines.at(-1)]).toEqual(['digraph {', '}'])
    for (const line of lines.slice(1, -1)) expect(line).toMatch(statement)
    const boxes = lines.flatMap((line) => new RegExp(`^  (${quoted}) \\[shape`).exec(line)?.[1] ?? [])
    const ends = lines.flatMap((line) => new RegExp(`^  (${quoted}) -> (${quoted})$`).exec(line)?.slice(1) ?? [])
    expect(boxes.length).toBe(graphOf(explanation).boxes.length)
    expect(ends.every((end) => boxes.includes(end))).toBe(true)
  })

  test('says what is in a box', () => {
    expect(toDot(small)).toContain(String.raw`"op 1" [shape=box, label="#1 square\n(2,)\ny [1, 4]\ndy [1, 1]\nerror `)
    expect(toDot(small)).toContain(String.raw`"leaf a<\"b\"&\\" -> "op 1"`)
  })
})

describe('svg', () => {
  test.each([small, bottleneck])('is drawn by an ordinary renderer, at the size it says', async (explanation) => {
    const svg = toSvg(explanation)
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!
    const { info, data } = await sharp(Buffer.from(svg)).greyscale().raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([Number(width), Number(height)])
    const dark = data.filter((v) => v < 128).length
    expect(dark).toBeGreaterThan(50 * graphOf(explanation).boxes.length)
  })

  test('names are escaped', () => {
    expect(toSvg(small)).toContain('>a&lt;&quot;b&quot;&amp;\\</text>')
  })
})

describe('layout', () => {
  const graph = graphOf(bottleneck)
  const sizes = new Map(graph.boxes.map(({ id }, i) => [id, { width: 80 + 10 * (i % 7), height: 40 }]))
  const { boxes, edges, width, height } = layOut(graph, sizes)

  test('boxes lie inside the picture and do not overlap', () => {
    const placed = [...boxes.values()]
    for (const [i, a] of placed.entries()) {
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0)
      expect(a.x + a.width / 2).toBeLessThanOrEqual(width)
      expect(a.y + a.height / 2).toBeLessThanOrEqual(height)
      for (const b of placed.slice(i + 1)) {
        const apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2
        expect(apart).toBe(true)
      }
    }
  })

  test('edges run downwards', () => {
    for (const { from, to, points } of edges) {
      expect(boxes.get(from)!.y).toBeLessThan(boxes.get(to)!.y)
      expect(points.length).toBeGreaterThanOrEqual(2)
    }
  })

  test('an edge that goes around the boxes lies inside the picture too', () => {
    const ids = ['a', 'b', 'c', 'd']
    const shape = [1]
    const chain = {
      boxes: ids.map((id) => ({ id, title: id, kind: 'outside' as const, shape })),
      edges: ['ab', 'bc', 'cd', 'ac', 'ad', 'bd'].map(([from, to]) => ({ from: from!, to: to! })),
    }
    const { edges, width } = layOut(chain, new Map(ids.map((id) => [id, { width: 200, height: 40 }])))
    const xs = edges.flatMap(({ points }) => points.map(({ x }) => x))
    expect(Math.min(...xs)).toBeGreaterThan(0)
    expect(Math.max(...xs)).toBeLessThan(width)
  })

  test.each(['x - w', '(x * w + b).square()', '(a * b) * (x / w)', 'a * x + b * w'])(
    'operands of %s stand in their order',
    (source) => {
      const names = Object.fromEntries(
        ['x', 'w', 'a', 'b'].map((name) => [name, tensor([2, 3], { requiresGrad: true })]),
      )
      const graph = graphOf(explain(() => parseExpression(`(${source}).sum()`).run(names), { names }))
      const sizes = new Map(graph.boxes.map(({ id }, i) => [id, { width: 60 + 20 * i, height: 40 }]))
      const { boxes, edges } = layOut(graph, sizes)
      for (const { id } of graph.boxes) {
        const inputs = graph.edges.filter(({ to }) => to === id).map(({ from }) => boxes.get(from)!)
        const xs = inputs.map(({ x }) => x)
        expect(xs).toEqual(xs.toSorted((a, b) => a - b))
      }
      for (const { from, points } of edges) expect(Math.abs(points[0]!.x - boxes.get(from)!.x)).toBeLessThan(30)
    },
  )
})

describe('html', () => {
  const page = toHtml(bottleneck, 1)
  const data = (html: string) =>
    JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!)

  test('holds all that is known', () => {
    expect(data(page).explanation).toEqual(JSON.parse(JSON.stringify(bottleneck)))
    const { views } = data(page) as { views: { name: string; svg: string; boxes: { id: string }[] }[] }
    expect(views.map(({ name }) => name)).toEqual([
      'modules folded at depth 1',
      'modules folded at depth 2',
      'modules folded at depth 3',
      'every operation',
    ])
    for (const { svg, boxes } of views) for (const { id } of boxes) expect(svg).toContain(`data-box="${id}"`)
  })

  test('is one file: it names no other one', () => {
    const addresses = [...page.matchAll(/(?:src|href|import)\b\s*[=(]|url\((?!#)/g)]
    expect(addresses).toEqual([])
    expect(new Set(page.match(/https?:[^"\\]+/g))).toEqual(new Set(['http://www.w3.org/2000/svg']))
  })

  test('no name can end the data', () => {
    const names = { '</script><b>': tensor(1, { requiresGrad: true }) }
    const html = toHtml(explain(() => F.exp(names['</script><b>']), { names }))
    expect(html.match(/<\/script>/g)).toHaveLength(2)
    expect(html).not.toContain('<b>')
  })
})
