import { type Arena, getBackend } from './backend.js'
import { type Recording, record } from './recording.js'
import { blocksIn } from './tensor.js'

/** Numbers that a function reads, new ones each time. */
type Values = Float32Array | Int32Array
/** What a function is called with: numbers, and beside them what decides how it uses them, such as a shape. */
type Inputs<I> = { readonly [Name in keyof I]: Values | readonly number[] | number | string | boolean | undefined }

/** A function as `jit` returns it. Its result is good until the next call. */
export interface Jitted<I, O> {
  (inputs: I): O
  /** Give back the memory that is kept for replays. Results must not be used any more. */
  release(): void
}

/**
 * `fn`, to the same bits, but called again and again with inputs of one kind it does not run any more: its first call is a plain one,
 * the second is recorded, and from the third on the kernel calls of the second are replayed on the new numbers.
 *
 * Calls are of one kind while `key()` is the same, and so are all inputs that are not typed arrays and the lengths of those that are.
 * The latest recording is kept. A function that reads tensors, or a backend without arenas, is always run.
 * @param fn a function of its inputs and of tensors. What else it does on the host, such as drawing random numbers, has to be a
 * `hostStep`, or would happen once. What it returns of tensors (one, or arrays and plain objects of them) outlives the call.
 * @param key what else `fn` depends on; null: run it this time
 */
export function jit<I extends Inputs<I>, O>(fn: (inputs: I) => O, key: () => string | null = () => ''): Jitted<I, O> {
  let lastKind: string | null = null
  let replay: Replay<I, O> | null = null

  function call(inputs: I): O {
    const own = key()
    const kind = own === null ? null : `${own} ${kindOf(inputs)}`
    const isRepeated = kind !== null && kind === lastKind
    lastKind = kind
    if (isRepeated && kind !== replay?.kind) {
      replay?.release()
      replay = new Replay(kind, fn, inputs)
    }
    return replay && replay.kind === kind ? replay.call(inputs) : fn(inputs)
  }

  function release(): void {
    replay?.release()
    replay = null
    lastKind = null
  }

  return Object.assign(call, { release })
}

/** A function for inputs of one kind: recorded the first time, then replayed. */
class Replay<I extends Inputs<I>, O> {
  /** Null where nothing can be recorded, and after a first time that cannot be repeated. */
  #arena: Arena | null
  /** Where the recording reads its inputs. */
  readonly #inputs: I
  #first: { result: O; recording: Recording } | null = null

  constructor(
    readonly kind: string,
    readonly fn: (inputs: I) => O,
    inputs: I,
  ) {
    this.#arena = getBackend().newArena?.() ?? null
    this.#inputs = copied(inputs)
  }

  call(inputs: I): O {
    if (this.#first && this.#first.recording.refusal !== null) this.release()
    if (!this.#arena) return this.fn(inputs)
    copyValues(inputs, this.#inputs)
    if (!this.#first) return this.#record(this.#arena)
    this.#first.recording.replay()
    return this.#first.result
  }

  release(): void {
    this.#arena?.release()
    this.#arena = null
    this.#first = null
  }

  #record(arena: Arena): O {
    this.#first = arena.run(() => record(() => this.fn(this.#inputs)))
    const { result } = this.#first
    for (const block of blocksIn(result)) block.hold()
    return result
  }
}

const isValues = (input: unknown): input is Values => input instanceof Float32Array || input instanceof Int32Array

const kindOf = (inputs: object): string =>
  Object.entries(inputs)
    .map(([name, input]) => `${name}: ${isValues(input) ? input.length : JSON.stringify(input)}`)
    .join()

const copied = <I extends object>(inputs: I): I =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, isValues(input) ? input.slice() : input]),
  ) as I

function copyValues(from: object, to: object): void {
  const values = Object.values(to)
  for (const [i, input] of Object.values(from).entries()) if (isValues(input)) values[i].set(input)
}
