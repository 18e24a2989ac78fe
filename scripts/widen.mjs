// Turns kernels compiled for vectors of 128 bits into kernels for vectors of 256 bits. V8 (with a flag, see
// src/tensor/wasm/host/node.ts) merges two neighbouring 128-bit operations into one 256-bit instruction, so the wide build
// has two of them wherever the text of a kernel has one: the low half of a vector, then the high half, 16 bytes further.
//
// The text says `LANES` and `VECTOR` (assembly/simd.ts) instead of 4 and 16, and does nothing across the lanes of a vector
// but in files whose names end in 128, whose functions stay as they are. What cannot be doubled is refused here, by name.
import binaryen from 'binaryen'

const { v128, Features } = binaryen

/** What the kernels use of WebAssembly. */
const features = [
  Features.Atomics,
  Features.MutableGlobals,
  Features.NontrappingFPToInt,
  Features.SIMD128,
  Features.RelaxedSIMD,
  Features.BulkMemory,
  Features.BulkMemoryOpt,
  Features.SignExt,
].reduce((all, feature) => all | feature)

/** The bytes of a module, compiled without optimization and with names, as those of its optimized wide form. */
export function widen(binary) {
  const module = binaryen.readBinary(binary)
  module.setFeatures(features)
  // Every operand becomes a local or a constant, and every vector has its own local.set: nothing is left to take apart.
  module.runPasses(['flatten'])
  for (let i = 0; i < module.getNumGlobals(); i++) {
    const { name, type } = binaryen.getGlobalInfo(module.getGlobalByIndex(i))
    if (type === v128) throw new Error(`${name}: a global cannot be a vector; keep its value as a number`)
  }
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i))
  for (const { name, params, results, vars, body, base } of functions.map(binaryen.getFunctionInfo)) {
    if (base || /128\//.test(name)) continue
    const types = [...binaryen.expandType(params), ...vars]
    if (!types.includes(v128) && results !== v128) continue
    if (binaryen.expandType(params).includes(v128) || results === v128) {
      throw new Error(`${name}: a function that is not inlined cannot take or return a vector`)
    }
    const highs = types.map((type, i) => (type === v128 ? i : -1)).filter((i) => i >= 0)
    const highOf = new Map(highs.map((low, i) => [low, types.length + i]))
    const rewritten = doubled(module, name, highOf, body)
    module.removeFunction(name)
    module.addFunction(name, params, results, [...vars, ...highs.map(() => v128)], rewritten)
  }
  if (!module.validate()) throw new Error('the wide kernels are not valid')
  binaryen.setOptimizeLevel(3)
  binaryen.setShrinkLevel(0)
  module.optimize()
  module.optimize()
  refuseConstantPairs(module.emitText())
  return module.emitBinary()
}

/**
 * V8 13.6 (Node.js 24) merges two loads of neighbouring vectors from constant addresses into one whose high half is 0.
 * Only the optimized module shows which addresses are constant.
 */
function refuseConstantPairs(text) {
  for (const body of text.split(/^ \(func \$/m).slice(1)) {
    const loads = body.matchAll(/\(v128\.load(?: offset=(\d+))?(?: align=\d+)?\s+\(i32\.const (-?\d+)\)/g)
    const addresses = new Set(Array.from(loads, ([, offset = 0, address]) => Number(address) + Number(offset)))
    const low = [...addresses].find((address) => addresses.has(address + 16))
    if (low !== undefined) {
      const name = body.split(/\s/, 1)[0]
      const what = `loads vectors from the constant addresses ${low} and ${low + 16}, of which V8 makes a wrong one`
      throw new Error(`${name}: ${what}; splat single floats (assembly/simd.ts), or take the address as a parameter`)
    }
  }
}

/** The statement `expr` of a flat function with both halves of each vector; `highOf`: local of a low half → of the high one. */
function doubled(module, name, highOf, expr) {
  const rewrite = (statement) => {
    const info = infoOf(statement)
    switch (info.id) {
      case binaryen.BlockId:
        for (const [i, child] of info.children.entries()) binaryen.Block.setChildAt(statement, i, rewrite(child))
        return statement
      case binaryen.LoopId:
        binaryen.Loop.setBody(statement, rewrite(info.body))
        return statement
      case binaryen.IfId:
        binaryen.If.setIfTrue(statement, rewrite(info.ifTrue))
        if (info.ifFalse) binaryen.If.setIfFalse(statement, rewrite(info.ifFalse))
        return statement
      case binaryen.LocalSetId: {
        if (!highOf.has(info.index)) return scalar(statement)
        const high = half(info.value, info.index)
        const low = module.local.set(info.index, info.value)
        return module.block(null, [low, module.local.set(highOf.get(info.index), high)])
      }
      case binaryen.StoreId: {
        if (binaryen.getExpressionType(info.value) !== v128) return statement
        const { ptr, value, offset, align } = info
        const high = module.v128.store(offset + 16, align, module.copyExpression(ptr), half(value))
        return module.block(null, [statement, high])
      }
      case binaryen.DropId:
        return binaryen.getExpressionType(info.value) === v128 ? module.nop() : statement
      default:
        return scalar(statement)
    }
  }

  /** A statement without vectors stays; one that looks into a vector cannot be doubled. */
  const scalar = (statement) => {
    if (usesVector(statement)) {
      throw new Error(`${name}: ${binaryen.emitText(statement).trim()} works across the lanes of a vector`)
    }
    return statement
  }

  /** The high half of a vector. `target`: local of its low half, for what is the same in both. */
  const half = (value, target) => {
    const info = binaryen.getExpressionInfo(value)
    switch (info.id) {
      case binaryen.LocalGetId:
        return module.local.get(highOf.get(info.index), v128)
      case binaryen.ConstId: {
        const bytes = [...info.value]
        if (bytes.some((byte, i) => byte !== bytes[i % 4])) throw new Error(`${name}: the lanes of a constant differ`)
        return module.v128.const(bytes)
      }
      case binaryen.LoadId:
        return module.v128.load(info.offset + 16, info.align, module.copyExpression(info.ptr))
      case binaryen.SIMDLoadId: // a splat
        return module.local.get(target, v128)
      case binaryen.UnaryId:
        if (binaryen.getExpressionType(info.value) !== v128) return module.local.get(target, v128) // a splat
        return withHalves(value, binaryen.Unary, ['value'])
      case binaryen.BinaryId:
        return withHalves(value, binaryen.Binary, ['left', 'right'])
      case binaryen.SIMDTernaryId:
        return withHalves(value, binaryen.SIMDTernary, ['a', 'b', 'c'])
      case binaryen.SIMDShiftId:
        return withHalves(value, binaryen.SIMDShift, ['vec'])
      case binaryen.SelectId:
        return withHalves(value, binaryen.Select, ['ifTrue', 'ifFalse'])
      default:
        throw new Error(`${name}: ${binaryen.emitText(value).trim()} cannot be doubled`)
    }
  }

  /** A copy of `value` with the high halves of the named operands. */
  const withHalves = (value, kind, names) => {
    const copy = module.copyExpression(value)
    const info = binaryen.getExpressionInfo(copy)
    for (const operand of names) {
      const setter = `set${operand[0].toUpperCase()}${operand.slice(1)}`
      kind[setter](copy, half(info[operand]))
    }
    return copy
  }

  return rewrite(expr)
}

/** What an expression consists of; of those that have no parts, `nop` and `unreachable`, the library knows nothing. */
function infoOf(expr) {
  const id = binaryen.getExpressionId(expr)
  return id === binaryen.NopId || id === binaryen.UnreachableId ? { id } : binaryen.getExpressionInfo(expr)
}

const operandNames = [
  'value',
  'left',
  'right',
  'a',
  'b',
  'c',
  'vec',
  'condition',
  'ifTrue',
  'ifFalse',
  'ptr',
  'operands',
]

/** Whether a vector is computed or read anywhere in `expr`. */
function usesVector(expr) {
  if (binaryen.getExpressionType(expr) === v128) return true
  const info = infoOf(expr)
  if (info.id === binaryen.ConstId) return false
  return operandNames.some((key) => [info[key] ?? 0].flat().some((child) => child !== 0 && usesVector(child)))
}
