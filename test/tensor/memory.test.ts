import { describe, expect, test } from 'vitest'
import { setBackend } from '../../src/tensor/backend.js'
import { ones, tensor } from '../../src/tensor/create.js'
import { GhostgradError } from '../../src/tensor/errors.js'
import { Block, outsideScopes, scopeWith } from '../../src/tensor/memory.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { persistentTensor, scope } from '../../src/tensor/tensor.js'

setBackend(new ReferenceBackend())

/** Counts how often its storage was given back. */
class CountedBlock extends Block {
  released = 0
  leftAlone = 0

  constructor() {
    super()
    this.adopt()
  }

  protected override left(): void {
    this.leftAlone++
  }

  protected override release(): void {
    this.released++
  }
}

const nothing = () => []

describe('a scope', () => {
  test('frees what was made in it, once', () => {
    const blocks = scopeWith(() => [new CountedBlock(), new CountedBlock()], nothing)
    expect(blocks.map((b) => b.released)).toEqual([1, 1])
    expect(blocks.every((b) => b.freed)).toBe(true)
  })

  test('hands its result to the scope around it, which frees it', () => {
    let inner: CountedBlock | undefined
    scopeWith(() => {
      inner = scopeWith(
        () => new CountedBlock(),
        (block) => [block],
      )
      expect(inner.released).toBe(0)
    }, nothing)
    expect(inner!.released).toBe(1)
  })

  test('hands the result of the outermost one to the collector', () => {
    const block = scopeWith(
      () => new CountedBlock(),
      (b) => [b],
    )
    block.hold()
    block.letGo()
    expect(block.released).toBe(0)
  })

  test('leaves what was made before it, or is held', () => {
    const before = new CountedBlock()
    const held = scopeWith(() => {
      const block = new CountedBlock()
      block.hold()
      return [before, block] as const
    }, nothing)[1]
    expect([before.released, held.released]).toEqual([0, 0])
    held.letGo()
    expect(held.released).toBe(1)
  })

  test('frees a block whose holders let go while it ran only at its end', () => {
    const block = scopeWith(() => {
      const b = new CountedBlock()
      b.hold()
      b.letGo()
      expect(b.released).toBe(0)
      return b
    }, nothing)
    expect(block.released).toBe(1)
  })

  test('frees its blocks when its function throws, and is over then', () => {
    let block: CountedBlock | undefined
    expect(() =>
      scopeWith(() => {
        block = new CountedBlock()
        throw new Error('stop')
      }, nothing),
    ).toThrow('stop')
    expect(block!.released).toBe(1)
    const after = new CountedBlock()
    expect(after.released).toBe(0)
  })
})

test('a block is exclusive while one holder alone knows it', () => {
  const block = scopeWith(() => {
    const b = new CountedBlock()
    b.hold()
    expect(b.exclusive).toBe(false) // the scope may still hand it out
    return b
  }, nothing)
  expect(block.exclusive).toBe(true)
  block.hold()
  expect(block.exclusive).toBe(false)
  block.letGo()
  block.leaveToCollector()
  expect(block.exclusive).toBe(false)
})

test('outsideScopes: memory that no scope frees, also when its function throws', () => {
  const block = scopeWith(() => {
    expect(() =>
      outsideScopes(() => {
        throw new Error('stop')
      }),
    ).toThrow('stop')
    const own = new CountedBlock()
    const lasting = outsideScopes(() => new CountedBlock())
    return { own, lasting }
  }, nothing)
  expect(block.own.released).toBe(1)
  expect(block.lasting.released).toBe(0)
})

test('a block that the tape holds is left when the outermost scope ends, once', () => {
  const block = scopeWith(() => {
    const held = scopeWith(() => {
      const b = new CountedBlock()
      b.hold()
      return [b]
    }, nothing)[0]!
    expect(held.leftAlone).toBe(0)
    return held
  }, nothing)
  block.leaveToCollector()
  expect([block.leftAlone, block.released]).toEqual([1, 0])
})

describe('tensors in scopes', () => {
  test('a result escapes alone, in arrays or in plain objects', () => {
    const alone = scope(() => ones([2]))
    const several = scope(() => ({ loss: ones([1]), parts: [ones([2]), { deep: ones([3]) }], count: 3 }))
    expect(alone.toArray()).toEqual([1, 1])
    expect(several.loss.size + several.parts.length).toBe(3)
    expect((several.parts[1] as { deep: typeof alone }).deep.toArray()).toEqual([1, 1, 1])
  })

  test('anything else is gone, and says so', () => {
    const kept = new Map([['x', scope(() => new Map([['x', ones([2, 3])]])).get('x')!]])
    expect(() => kept.get('x')!.values).toThrow(
      new GhostgradError(
        'this tensor (2, 3) was made inside a module or scope that has ended, and its memory is reused; ' +
          'return it from there, or call retain() on it',
      ),
    )
  })

  test('retain keeps a tensor that is not in the result', () => {
    let side = ones([1])
    scope(() => {
      side = tensor([1, 2]).retain()
    })
    expect(side.toArray()).toEqual([1, 2])
  })

  test('a view escapes with the memory it shares', () => {
    const backend = new ReferenceBackend()
    const x = scope(() => tensor([1, 2, 3, 4]).detach())
    expect(x.toArray()).toEqual([1, 2, 3, 4])
    expect(backend.reshape(x.array, [2, 2]).block).toBe(x.array.block)
  })

  test('a persistent tensor outlives the scope it was made in', () => {
    let parameter = ones([1])
    scope(() => {
      parameter = persistentTensor([1, 2], [2], { requiresGrad: true })
    })
    expect(parameter.toArray()).toEqual([1, 2])
    expect(parameter.requiresGrad).toBe(true)
  })
})
