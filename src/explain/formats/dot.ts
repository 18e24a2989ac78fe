import type { Explanation } from '../explanation.js'
import { graphOf } from '../graph.js'
import { boxLines } from './boxLines.js'

const shapes = { leaf: 'ellipse', op: 'box', module: 'box3d', outside: 'plaintext' } as const

/** The graph in the language of Graphviz: `dot -Tsvg`. @param depth as in `graphOf` */
export function toDot(explanation: Explanation, depth = 0): string {
  const { boxes, edges } = graphOf(explanation, depth)
  const lines = [
    'digraph {',
    '  node [fontname="monospace", fontsize=10]',
    ...boxes.map((box) => {
      const label = boxLines(explanation, box).map(quoted).join('\\n')
      return `  "${quoted(box.id)}" [shape=${shapes[box.kind]}, label="${label}"]`
    }),
    ...edges.map(({ from, to }) => `  "${quoted(from)}" -> "${quoted(to)}"`),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
