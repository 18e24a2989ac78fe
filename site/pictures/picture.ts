/** A control of a picture: its value is a parameter of what the engine computes, or of how it is drawn. */
export type Control = {
  name: string
  label: string
  /** Only of the drawing: nothing has to be computed anew. */
  isView?: boolean
} & (
  | { kind: 'range'; min: number; max: number; step: number; play?: boolean }
  | { kind: 'choice'; options: readonly (string | number)[] }
)

/** Values of the controls, by their names. */
export type Parameters = Record<string, number | string>

/** A picture: what may be changed, and how it is drawn from what the engine computed. */
export interface Picture<Values> {
  /** What is to be seen, in a sentence or two. */
  caption: string
  controls: readonly Control[]
  start: Parameters
  /** @param set changes a parameter, for pictures that are clicked on */
  draw: (values: Values, parameters: Parameters, set: (name: string, value: number) => void) => Element
}
