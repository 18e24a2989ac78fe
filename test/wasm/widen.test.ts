import binaryen from 'binaryen'
import { expect, it } from 'vitest'
import { widen } from '../../scripts/widen.mjs'

/** A kernel that copies a vector from this address, plus 32, to where it is told. */
function copyFrom(address: string): Uint8Array {
  const module = binaryen.parseText(`(module
    (memory 1)
    (func $copyVector (export "copyVector") (param $y i32) (param $x i32)
      (v128.store (local.get $y) (v128.load offset=32 ${address}))))`)
  module.setFeatures(binaryen.Features.All)
  binaryen.setDebugInfo(true) // names, as in the kernels
  return module.emitBinary()
}

it('loads and stores both halves of a vector', () => {
  const text = binaryen.readBinary(widen(copyFrom('(local.get $x)'))).emitText()
  const loads = text.match(/v128\.load( offset=\d+)?/g)
  expect(loads?.sort()).toEqual(['v128.load offset=32', 'v128.load offset=48'])
  expect(text.match(/v128\.store( offset=\d+)?/g)).toEqual(['v128.store', 'v128.store offset=16'])
})

it('refuses vectors at addresses that are constant, also once they are computed', () => {
  const message = /copyVector: loads vectors from the constant addresses 1056 and 1072/
  for (const address of ['(i32.const 1024)', '(i32.add (i32.const 1000) (i32.const 24))']) {
    expect(() => widen(copyFrom(address))).toThrow(message)
  }
})
