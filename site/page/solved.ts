import { solvedLessons } from './progress.js'

/** Mark the lessons whose exercise the reader has solved, wherever they are linked. */
export function markSolved(root: ParentNode): void {
  const solved = solvedLessons()
  for (const link of root.querySelectorAll<HTMLAnchorElement>('.VPSidebar a, table a')) {
    const lesson = /\/learn\/(\d\d-[\w-]+)(\.html)?$/.exec(link.pathname)?.[1]
    if (lesson) link.classList.toggle('solved', solved.includes(lesson))
  }
}
