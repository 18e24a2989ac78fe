import fc from 'fast-check'

/** The same random cases on every run, so that a change is judged by itself: `npm test` is green or red for a reason. */
fc.configureGlobal({ seed: 20200614 })
