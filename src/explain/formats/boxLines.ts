import { showShape } from '../../tensor/errors.js'
import { showArray, showNumber } from '../arrayView.js'
import { type ArrayView, type ElementCheck, type ExplainedNode, type Explanation, worstOf } from '../explanation.js'
import type { Box } from '../graph.js'
import { summarizeNodes } from '../summary.js'
import { errorText } from '../text.js'

/** What is written in a box; the first line is its title. */
export function boxLines(explanation: Explanation, box: Box): string[] {
  switch (box.kind) {
    case 'leaf': {
      const { value, gradient, checks } = box.leaf
      const shape = value ? [showShape(value.shape)] : []
      return [
        box.title,
        ...shape,
        brief('', value),
        ...(gradient ? [brief('grad', gradient)] : []),
        ...errorLine(worstOf(checks)),
      ]
    }
    case 'outside':
      return [box.title, showShape(box.shape)]
    case 'op':
      return [`#${box.node.id} ${box.title}`, ...box.inputs, ...resultLines(explanation, [box.node])]
    case 'module':
      return [box.title, `${box.type}, ${box.nodes.length} operations`, ...resultLines(explanation, box.nodes)]
  }
}

function resultLines(explanation: Explanation, nodes: readonly ExplainedNode[]): string[] {
  const { last, worst } = summarizeNodes(explanation, nodes)
  return [showShape(last.shape), brief('y', last.value), brief('dy', last.dy), ...errorLine(worst)]
}

const brief = (name: string, view: ArrayView | null): string => {
  const numbers =
    view === null ? 'freed' : view.values && view.values.length <= 4 ? showArray(view) : `norm ${showNumber(view.norm)}`
  return name === '' ? numbers : `${name} ${numbers}`
}

const errorLine = (worst: ElementCheck | null): string[] => (worst ? [`error ${errorText(worst)}`] : [])
