import Table from 'cli-table3'
import { showArray, showNumber, showValues } from '../src/explain/arrayView.js'
import {
  type ArrayView,
  type ElementCheck,
  type ExplainedLeaf,
  type ExplainedNode,
  type Explanation,
  worstOf,
} from '../src/explain/explanation.js'
import { type Box, graphOf } from '../src/explain/graph.js'
import { checksOf, summarizeNodes } from '../src/explain/summary.js'
import { callText, errorText } from '../src/explain/text.js'
import { showShape } from '../src/tensor/errors.js'
import { count } from './format.js'
import { plainTable } from './table.js'

/** The tape as a table: modules as one row each where `depth` folds them, operations with their rules and gradients elsewhere. */
export function explainTable(explanation: Explanation, depth: number): string {
  const { boxes } = graphOf(explanation, depth)
  const folded = boxes.find(({ kind }) => kind === 'module')
  const lines = [folded ? moduleTable(explanation, boxes) : operationTable(boxes), '', totals(explanation)]
  return [...lines, ...(folded ? [`--module ${folded.title} shows the operations of one module`] : [])].join('\n')
}

function totals({ loss, backend, nodes }: Explanation): string {
  const checks = nodes.flatMap(checksOf)
  const worst = worstOf(checks)
  const checked = worst
    ? `${count(checks.length, 'derivative')} checked, worst error ${errorText(worst)} (#${worst.node.id} ${worst.node.op}, to ${worst.input})`
    : 'no derivatives checked'
  return `loss ${showNumber(loss)} by ${backend}; ${count(nodes.length, 'operation')}; ${checked}`
}

function moduleTable(explanation: Explanation, boxes: readonly Box[]): string {
  const head = ['#', '', 'type', 'operations', 'output', '‖y‖', '‖dy‖', '‖dw‖', 'error', 'of']
  const table = new Table({
    ...plainTable,
    head,
    colAligns: head.map((_, i) => ((i > 0 && i < 3) || i === 9 ? 'left' : 'right')),
  })
  for (const box of boxes) {
    if (box.kind !== 'op' && box.kind !== 'module') continue
    const nodes = box.kind === 'op' ? [box.node] : box.nodes
    const { last, parameterNorm, worst } = summarizeNodes(explanation, nodes)
    table.push([
      nodes.length === 1 ? last.id : `${nodes[0]!.id}–${last.id}`,
      box.kind === 'op' ? callText(box.node) : box.title,
      box.kind === 'op' ? '' : box.type,
      box.kind === 'op' ? '' : nodes.length,
      showShape(last.shape),
      last.value ? showNumber(last.value.norm) : 'freed',
      showNumber(last.dy.norm),
      parameterNorm === null ? '' : showNumber(parameterNorm),
      worst ? errorText(worst) : '',
      worst && box.kind === 'module' ? `#${worst.node.id} ${worst.node.op}` : '',
    ])
  }
  return table.toString()
}

/** For each operation its result (y), the gradient that comes in (dy), the rule, and the gradients that go out (→). */
function operationTable(boxes: readonly Box[]): string {
  const table = new Table({
    ...plainTable,
    head: ['#', 'operation', 'shape', '', 'numbers', 'by differences', 'error'],
    colAligns: ['right', 'left', 'left', 'left', 'left', 'left', 'right'],
  })
  for (const box of boxes) {
    if (box.kind === 'leaf') table.push(...leafRows(box.leaf))
    if (box.kind === 'op') table.push(...nodeRows(box.node))
  }
  return table.toString()
}

type Row = Table.CrossTableRow | Table.HorizontalTableRow

function leafRows({ name, value, gradient, checks }: ExplainedLeaf): Row[] {
  const shape = value ? showShape(value.shape) : ''
  const rows: Row[] = [['', name, shape, '', numbers(value), '', '']]
  if (gradient) rows.push(['', '', '', 'grad', numbers(gradient), ...compared(gradient, checks)])
  return rows
}

function nodeRows(node: ExplainedNode): Row[] {
  return [
    [node.id, callText(node), showShape(node.shape), 'y', numbers(node.value), '', ''],
    ['', '', '', 'dy', numbers(node.dy), '', ''],
    ['', { content: `  ${node.rule}`, colSpan: 6 }],
    ...node.gradients.map((gradient): Row => {
      const { name } = node.inputs[gradient.input]!
      return [
        '',
        `  → ${name}`,
        showShape(gradient.shape),
        '',
        numbers(gradient),
        ...compared(gradient, gradient.checks),
      ]
    }),
  ]
}

export const numbers = (view: ArrayView | null): string => (view ? showArray(view) : 'freed')

/** All differences where they are few, else the one that is farthest off; and the error of that one. */
export function compared(
  { shape, values, unchecked }: ArrayView & { unchecked?: string },
  checks: readonly ElementCheck[],
): [differences: string, error: string] {
  const worst = worstOf(checks)
  if (!worst) return [unchecked ?? '', '']
  if (values && values.length === checks.length && checks.length <= 6) {
    return [
      showValues(
        checks.map(({ numeric }) => numeric),
        shape,
      ),
      errorText(worst),
    ]
  }
  const { numeric, analytic, index } = worst
  return [`${showNumber(numeric)} for ${showNumber(analytic)} at [${index.join(', ')}]`, errorText(worst)]
}
