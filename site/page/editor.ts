import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'

/** What a page may do with an editor. */
export interface Editor {
  readonly text: string
  setText(text: string): void
  focus(): void
}

/**
 * An editor of JavaScript in place of an element.
 * @param onRun the keys Control and Enter
 */
export function createEditor(
  parent: HTMLElement,
  text: string,
  { label, onChange, onRun }: { label: string; onChange: (text: string) => void; onRun: () => void },
): Editor {
  const run = () => {
    onRun()
    return true
  }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: 'Mod-Enter', run }, ...defaultKeymap, ...historyKeymap]),
        history(),
        indentOnInput(),
        indentUnit.of('  '),
        bracketMatching(),
        javascript(),
        syntaxHighlighting(classHighlighter),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    get text() {
      return view.state.doc.toString()
    },
    setText(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } })
    },
    focus: () => view.focus(),
  }
}
