import { isGradEnabled } from '../autograd/gradMode.js'
import { addHook, type RemovableHandle } from '../autograd/hooks.js'
import { GhostgradError } from '../tensor/errors.js'
import { span } from '../tensor/spans.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { type ForwardPreHook, type FullBackwardHook, type ModuleHook, ModuleHooks } from './hooks.js'
import { Counter, Parameter, StateBuffer } from './parameter.js'
import { type LoadReport, readState, type StateDict, type StateEntry, writeState } from './stateDict.js'
import { joinPath, stateKey } from './stateKeys.js'

/** A module of whatever inputs and output. */
export type AnyModule = Module<unknown[], unknown>

/** The modules that a property's value is or holds. */
function* modulesIn(name: string, value: unknown): Generator<[name: string, module: AnyModule]> {
  if (value instanceof Module) yield [name, value]
  else if (Array.isArray(value) || value instanceof Map) {
    for (const [key, item] of value.entries()) yield* modulesIn(`${name}.${key}`, item)
  }
}

/** The outermost module that is running, and those that it knows of. */
let running: { root: AnyModule; members: Set<AnyModule> } | null = null

/** Called after a module has run. `path` is '' for the module that the hook was set on. */
export type ForwardHook = (path: string, module: AnyModule, inputs: readonly unknown[], output: unknown) => void

/**
 * A function with state: a layer, a block or a whole network. A subclass keeps its parameters, buffers and inner
 * modules (or arrays of modules) in properties and implements `forward`; names, state dict and modes follow from the
 * properties, in the order in which they are declared.
 * @example
 * class Block extends Module {
 *   readonly conv1 = new Conv2d(3, 8, 3)           // its weight is called conv1.weight
 *   forward(x: Tensor) { return F.relu(this.conv1.call(x)) }
 * }
 */
export abstract class Module<In extends unknown[] = [Tensor], Out = Tensor> {
  /** Whether batch norm and dropout behave as in training; see `train` and `eval`. */
  training = true
  #hooks: ((inputs: readonly unknown[], output: unknown) => void)[] | null = null
  #registered: ModuleHooks | null = null

  /** Whether somebody is told of this module's calls: see `onForward` and `registerForwardHook`. */
  get isHooked(): boolean {
    return this.#hooks !== null || (this.#registered?.size ?? 0) > 0
  }

  /** The computation. Run a module by `call`, which also frees the temporaries of `forward`. */
  abstract forward(...inputs: In): Out

  /** Run the module. The memory of what `forward` computed on the way is reused, except what backward needs. */
  call(...inputs: In): Out {
    const outer = running
    if (outer) outer.root.#refuseHidden(this as AnyModule, outer.members)
    else running = { root: this as AnyModule, members: new Set() }
    let output: Out
    try {
      output = span('module', this.constructor.name, () => scope(() => this.#forward(inputs)), this)
    } finally {
      running = outer
    }
    if (this.#hooks) for (const hook of this.#hooks) hook(inputs, output)
    return output
  }

  #forward(inputs: In): Out {
    const hooks = this.#registered
    if (!hooks?.size) return this.forward(...inputs)
    return hooks.around(this as AnyModule, inputs, (some) => this.forward(...(some as In))) as Out
  }

  /** Have `hook` called before each `forward` of this module, as torch.nn.Module.register_forward_pre_hook. */
  registerForwardPreHook(hook: ForwardPreHook<this>): RemovableHandle {
    return addHook(this.#registry.pre, hook as ForwardPreHook)
  }

  /** Have `hook` called after each `forward` of this module, as torch.nn.Module.register_forward_hook. */
  registerForwardHook(hook: ModuleHook<Out, this>): RemovableHandle {
    return addHook(this.#registry.post, hook as ModuleHook)
  }

  /**
   * Have `hook` called whenever `backward()` has the gradients by this module's inputs, as
   * torch.nn.Module.register_full_backward_hook. Inputs and outputs count that are tensors, or an array of them as the output.
   */
  registerFullBackwardHook(hook: FullBackwardHook<this>): RemovableHandle {
    return addHook(this.#registry.backward, hook as FullBackwardHook)
  }

  get #registry(): ModuleHooks {
    this.#registered ??= new ModuleHooks()
    return this.#registered
  }

  /**
   * A module with parameters that are trained, and that no property of the running one leads to, would be neither
   * trained nor saved.
   * @param members those that are known to be inside this one
   */
  #refuseHidden(module: AnyModule, members: Set<AnyModule>): void {
    if (members.has(module)) return
    for (const [, inner] of this.namedModules()) members.add(inner)
    if (members.has(module)) return
    members.add(module)
    const first = isGradEnabled() ? module.namedParameters().next().value : undefined
    if (!first?.[1].requiresGrad) return
    throw new GhostgradError(
      `${this.constructor.name}: a ${module.constructor.name} runs inside it that none of its properties leads to (a #private field?): ` +
        'it would be neither trained nor saved; keep it in a property, an array or a Map of properties, or call it in noGrad',
    )
  }

  /**
   * Have `hook` called after this module and each one inside it has run, innermost first. A module that is in several
   * places goes by its first path.
   * @returns a function that removes it again
   */
  onForward(hook: ForwardHook): () => void {
    const paths = new Map<AnyModule, string>()
    for (const [path, module] of this.namedModules()) if (!paths.has(module)) paths.set(module, path)
    const set = Array.from(paths, ([module, path]) => {
      const bound = (inputs: readonly unknown[], output: unknown) => hook(path, module, inputs, output)
      module.#hooks = [...(module.#hooks ?? []), bound]
      return { module, bound }
    })
    return () => {
      for (const { module, bound } of set) {
        const left = module.#hooks?.filter((other) => other !== bound) ?? []
        module.#hooks = left.length > 0 ? left : null
      }
    }
  }

  /** This module (path '') and all inside it, outer before inner, in the order of their properties. */
  *namedModules(path = ''): Generator<[path: string, module: AnyModule]> {
    yield [path, this as AnyModule]
    for (const [step, child] of this.namedChildren()) yield* child.namedModules(joinPath(path, step))
  }

  /**
   * The modules directly inside this one; those in arrays and Maps, nested ones too, are called `blocks.0`, `blocks.1`,
   * `heads.left`, …
   */
  *namedChildren(): Generator<[name: string, module: AnyModule]> {
    for (const [property, value] of Object.entries(this)) yield* modulesIn(stateKey(property), value)
  }

  /** All state, as PyTorch orders it: a module's own parameters, its own buffers, then the modules inside it. */
  *#namedState(): Generator<[name: string, entry: StateEntry]> {
    for (const [path, module] of this.namedModules()) {
      const own = Object.entries(module)
      for (const kinds of [[Parameter], [StateBuffer, Counter]]) {
        for (const [property, value] of own) {
          if (kinds.some((kind) => value instanceof kind)) yield [joinPath(path, stateKey(property)), value]
        }
      }
    }
  }

  /** Every parameter by name. One that several modules share comes once, under its first name. */
  *namedParameters(): Generator<[name: string, parameter: Parameter]> {
    const seen = new Set<Parameter>()
    for (const [name, entry] of this.#namedState()) {
      if (!(entry instanceof Parameter) || seen.has(entry)) continue
      seen.add(entry)
      yield [name, entry]
    }
  }

  /** Every tensor of the state that is not trained. (Counters are in the state dict only.) */
  *namedBuffers(): Generator<[name: string, buffer: StateBuffer]> {
    for (const [name, entry] of this.#namedState()) if (entry instanceof StateBuffer) yield [name, entry]
  }

  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter)
  }

  /** How many numbers the parameters hold. */
  get numParameters(): number {
    return this.parameters().reduce((sum, parameter) => sum + parameter.size, 0)
  }

  /** Set the mode of this module and of all inside it. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode
    return this
  }

  eval(): this {
    return this.train(false)
  }

  /** A copy of parameters and buffers under PyTorch's keys. */
  stateDict(): StateDict {
    return readState(this.#namedState())
  }

  /**
   * Copy the values of a state dict into this module.
   * @param options.strict (default) whether a key too many or too few, or another shape, is an error: one that lists
   * them all and is thrown before anything has changed. Otherwise what fits is loaded.
   * @returns what did not fit
   */
  loadStateDict(dict: StateDict, options: { strict?: boolean } = {}): LoadReport {
    return writeState(this.#namedState(), dict, options.strict ?? true)
  }
}
