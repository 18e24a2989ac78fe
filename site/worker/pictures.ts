/** The values of the pictures, by name. */
type Compute = (parameters: never, onValues: (values: unknown) => void) => void | Promise<void>

const pictures: Readonly<Record<string, Compute>> = {}

/** @param onValues told the values; of a picture that moves, again and again */
export async function computePicture(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  onValues: (values: unknown) => void,
): Promise<void> {
  const compute = pictures[name]
  if (!compute) throw new Error(`no picture is called "${name}"`)
  await compute(parameters as never, onValues)
}
