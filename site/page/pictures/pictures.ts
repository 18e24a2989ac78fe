export function mountPictures(_root: ParentNode): void {}
