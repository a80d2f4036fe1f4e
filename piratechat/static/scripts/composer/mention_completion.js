// Completes names of participants after an "@".

import { CompletionList } from './completion_list.js'
import { namesLike, typedMention } from './mentions.js'
import { caretOf, isForOthers, typeInto } from './typing.js'
import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

export class MentionCompletion {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {() => Iterable<string>} names  of others, those first whom one may want to mention first
   */
  constructor(field, names) {
    this.field = field
    this.names = names
    /** @type {string[]} */
    this.choices = []
    this.list = new CompletionList(field, { id: 'people-names', label: t('composer.mention'), onChoose: (at) => this.choose(at) })
    field.addEventListener('input', () => this.offer())
    field.addEventListener('keydown', (event) => { if (!isForOthers(event)) this.list.key(event) })
    document.addEventListener('selectionchange', () => { if (this.list.isOpen && document.activeElement === field) this.offer() })
  }

  get typed() {
    const caret = caretOf(this.field)
    return caret === null ? null : typedMention(this.field.value, caret)
  }

  offer() {
    const { typed } = this
    this.choices = typed ? namesLike(typed.name, this.names()) : []
    // A complete name needs no completion.
    if (this.choices.length === 1 && this.choices[0] === typed?.name) this.choices = []
    this.list.offer(this.choices.map((name) => ({ key: name, content: ['@', element('bdi', {}, name)] })))
  }

  /** @param {number} at */
  choose(at) {
    const { field, typed } = this
    if (!typed) return
    const end = field.selectionEnd
    typeInto(field, typed.start, end, `@${this.choices[at]}${/^\s/.test(field.value.slice(end)) ? '' : ' '}`)
  }
}
