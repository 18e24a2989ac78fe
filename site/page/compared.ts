/** Output that a lesson quotes. */
export interface QuotedOutput {
  /**
   * How output is compared. Default: word for word. `about`: numbers to 15 %, since float32 sums in another order end in other digits.
   * `timings`: words only, since numbers are the machine's.
   */
  how: string
  text: string
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

const numberPattern = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g

const wordsOf = (line: string): string => line.replace(numberPattern, '#').replace(/ +/g, ' ')

/** What a block may differ in is taken from the output; what it may not differ in stays as the block has it. */
function asPrinted(line: string, printed: string | undefined, how: string): string {
  if (printed === undefined || how === '' || wordsOf(line) !== wordsOf(printed)) return line
  if (how === 'timings') return printed
  const numbers = (text: string) => (text.match(numberPattern) ?? []).map(Number)
  const actual = numbers(printed)
  const near = numbers(line).every((v, i) => Math.abs(v - actual[i]!) <= 0.15 * Math.abs(v))
  return near ? printed : line
}

/** Output beside what the lesson says of it: equal where the lesson is true. Blank lines do not count. */
export function compared(quoted: readonly QuotedOutput[], output: string): { printed: string[]; written: string[] } {
  const printed = linesOf(output)
  const written = quoted
    .flatMap(({ text, how }) => linesOf(text).map((line) => ({ line, how })))
    .map(({ line, how }, i) => asPrinted(line, printed[i], how))
  return { printed, written }
}
