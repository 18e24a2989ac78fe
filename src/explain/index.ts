/**
 * Looking into a recorded graph: `explain`, and its pictures.
 * @module
 */
import '../setup.js'

export { type ExplainOptions, explain } from './explain.js'
export type {
  ArrayView,
  ElementCheck,
  ExplainedGradient,
  ExplainedInput,
  ExplainedLeaf,
  ExplainedNode,
  Explanation,
  ModuleCall,
} from './explanation.js'
export { type Expression, parseExpression, parseVariable } from './expression/expression.js'
export { toDot } from './formats/dot.js'
export { toHtml } from './formats/html.js'
export { toSvg } from './formats/svg.js'
