// What scripts hand to each other.  For `make check` only: no browser loads this.

// ---- what was said (docs/talking.md)

/** Where a link begins and ends, in code points, and where it leads. */
export type Links = [start: number, end: number, href: string][]

/** How a message reads. */
export interface View {
  as?: string
  state: 'ready' | 'pending' | 'skipped' | 'failed'
  text?: string
  links?: Links
  reason?: string
  /** whether it can be translated all the same */
  anyway?: boolean
  /** the title of the translator, if it is another one than was chosen */
  by?: string
}

export interface Message {
  seq: number
  at: string
  author: string
  text: string
  links?: Links
  lang?: string
  nonce?: string
  view?: View | null
  /** how it reads through another translator than the rest */
  aside?: View & { title: string }
  removed?: boolean
  /** Who removed it. */
  by?: 'author' | 'owner' | 'operator' | 'rule'
  /** Its text is gone for good. */
  erased?: boolean
  /** When its text was changed last. */
  edited?: string
  /** The message that it answers; without an author if that one was removed. */
  reply_to?: { seq: number; author: string }
  /** Where people of the room are mentioned, in code points, and their names. */
  mentions?: [start: number, end: number, name: string][]
  /** Names that an edit has just added to those. */
  mentioned?: string[]
  reactions?: Reaction[]
  pinned?: boolean
  /** What its author and the owner may read of a message that was removed. */
  removed_text?: string
  /** Whether we, or the owner of the room, wrote it, where the page that the server made says so. */
  own?: boolean
  byOwner?: boolean
}

/** What a program says and is not kept: it is shown until the page is loaded again. */
export interface Whisper {
  at: string
  author: string
  text: string
  links?: Links
  lang?: string
  view?: View
}

/** How many people reacted with an emoji, the names of some, and whether we are among them. */
export interface Reaction {
  emoji: string
  count: number
  names: string[]
  yours?: boolean
}

/** What the server says: its other members depend on the type. */
export interface ServerEvent {
  type: string
  // docs/talking.md has a table of them.
  [member: string]: any
}

/** What the protocol of a room has the page do: see connection/room_protocol.js. */
export interface RoomEffects {
  /** The server has let us in. */
  settled(): void
  /** Whether nothing is lost when the page is loaded again. */
  isKept(): boolean
  reload(): void
  /** The page cannot be loaded again by itself: something would be lost. */
  outdated(): void
  /** The server has another database than the page, by its epoch: a back-up was restored. */
  restored(epoch: string): void
  /** The server takes us for somebody else than the page does: this browser keeps no cookies. */
  unrecognized(): void
  welcomed(welcome: ServerEvent): void
  /** A page of older messages hears what comes after this one. */
  startsAt(seq: number): void
  /** Everything is known that was said before the welcome. */
  caughtUp(): void
  outboxChanged(): void
  /** `ours`: it was said on this page; `current`: it was said just now, and not while the connection was lost. */
  said(message: Message, how: { ours: boolean; current: boolean }): void
  /** Without a number it is of the topic. */
  viewed(event: View & { seq?: number }): void
  removed(seq: number, by?: Message['by']): void
  /** Its text is gone for good. */
  erased(seq: number): void
  /** All reactions to a message, and which of them has changed. */
  reacted(event: ServerEvent): void
  /** The numbers of all pinned messages. */
  pinned(seqs: number[]): void
  /** `wasRejected`: the page says why an earlier name was. */
  named(you: string, wasRejected: boolean): void
  /** A name is needed, and why: null if the server has forgotten it. */
  nameless(message: string | null): void
  nameRejected(message: string): void
  /** Returns whether the text is in the field now. */
  giveBack(text: string): boolean
  permissions(changes: { muted?: boolean; readOnly?: boolean }): void
  roomChanged(changes: ServerEvent): void
  present(names: { joined?: string[]; left?: string[] }): void
  typing(author: string): void
  /** A program says what is not kept. */
  whispered(whisper: Whisper): void
  /** The moderation log has a new entry. */
  logged(): void
  notice(message: string): void
  /** The room is read in too many languages to be read in this one, too. */
  busy(message: string): void
}

/** What comes in where a message was said: its number, its author, and its text as the reader reads it, without marks. */
export interface News {
  /** 0 of what is not kept. */
  seq: number
  author: string
  text: string
  lang?: string
}

/** What is said to the server. */
export interface Command {
  type: string
  [member: string]: unknown
}

/** Puts a command on the link, and tells whether it went. */
export type Send = (command: Command) => boolean

/** What was said here and is not known to be on the server's disk. */
export interface Entry {
  nonce: string
  text: string
  /** The newest message known when it was said. */
  last: number
  /** The database that this number is of. */
  epoch?: string
  lang?: string
  /** The message that it answers. */
  replyTo?: number
  /** When it was said, in milliseconds since 1970. */
  at: number
  /** `unsure`: it was sent, and may be stored. */
  state: 'waiting' | 'sent' | 'unsure' | 'failed'
  /** Whether it is of a window that was closed. */
  left?: boolean
  /** Seconds: it goes again then. */
  notBefore: number
  /** Why it failed. */
  reason?: string
}

/** What a refused command came back with. */
export interface Refusal {
  message: string
  field?: string
}

// ---- the connection

/** How a session ended: a code of SockJS, and whether the server said so. */
export interface Ending {
  code: number
  reason?: string
  wasClean?: boolean
}

/** What SockJS and short polling have in common. */
export interface Socket {
  onopen?: (() => void) | null
  onmessage?: ((event: { data: string }) => void) | null
  onheartbeat?: (() => void) | null
  onclose?: ((ending: Ending) => void) | null
  send(text: string): void
  close(): void
}

export type Transport = 'websocket' | 'xhr-streaming' | 'eventsource' | 'xhr-polling' | 'short-polling'

/** Says which transport to try, and is told what becomes of it: see transports.js. */
export interface Choice {
  choose(): Promise<Transport>
  worked(): void
  failed(): boolean
  restart(): void
  forget(): void
  canImprove(): Promise<boolean>
}

/** Places for lasting connections: see slots.js. */
export interface Slots {
  /** Resolves to whether this page has one. */
  take(): Promise<boolean>
  leave(): void
}

export type LinkState = 'connecting' | 'connected' | 'reconnecting' | 'offline'

// ---- the page

/** Whom the page of a room is for, and how it is read. */
export interface Page {
  /** What we are called. */
  you?: string
  /** Ours, by now and before. */
  names: Set<string>
  owner: boolean
  ownerNames: Set<string>
  /** The path of the room. */
  url: string
  /** What forms carry (csrf_token). */
  token: string
  /** Whose messages we do not want to see. */
  hidden: import('./log/hidden_people.js').HiddenPeople
  /** Whether originals are shown beside. */
  beside?: boolean
  /** The language of what is read. */
  lang?: string
}

/** What a browser keeps under one name; null if there is nothing. */
export interface Keeper {
  load(): string | null
  /** Returns whether it is kept. */
  save(text: string): boolean
}

/** Seconds, and what happens after some of them. */
export interface Clock<Timer = unknown> {
  now(): number
  after(seconds: number, then: () => void): Timer
  cancel(timer: Timer | undefined | null): void
}

/** The elements that the templates give an id; null where a page may lack one. */
export interface Elements {
  another: HTMLFormElement
  answers: HTMLElement | null
  below: HTMLButtonElement
  beside: HTMLElement | null
  connection: HTMLElement
  copy: HTMLButtonElement
  'moderation-log': HTMLDetailsElement
  empty: HTMLElement
  end: HTMLElement
  dismiss: HTMLAnchorElement | null
  find: HTMLElement
  'find-view': HTMLInputElement
  first: HTMLElement | null
  'found-views': HTMLUListElement
  keys: HTMLDialogElement
  skip: HTMLAnchorElement
  leave: HTMLElement
  left: HTMLElement
  link: HTMLInputElement
  log: HTMLElement
  messages: HTMLOListElement
  'to-device': HTMLElement | null
  names: HTMLUListElement
  naming: HTMLElement | null
  more: HTMLDialogElement | null
  newer: HTMLElement | null
  'no-view': HTMLElement
  notice: HTMLElement
  notify: HTMLElement | null
  older: HTMLElement | null
  'other-view': HTMLSelectElement
  'other-views': HTMLFormElement | null
  outbox: HTMLOListElement
  'own-tab': HTMLAnchorElement | null
  owner: HTMLDetailsElement
  'more-here': HTMLElement
  'people-count': HTMLElement
  pins: HTMLElement
  topic: HTMLElement
  'people-pile': HTMLElement
  present: HTMLUListElement
  purpose: HTMLElement
  reason: HTMLElement
  rooms: HTMLElement
  saved: HTMLElement
  saying: HTMLElement
  say: HTMLFormElement
  'say-error': HTMLElement
  settings: HTMLFormElement
  'show-keys': HTMLButtonElement | null
  'show-more': HTMLButtonElement | null
  'to-search': HTMLAnchorElement | null
  'show-views': HTMLButtonElement
  sought: HTMLInputElement
  typing: HTMLElement
  undo: HTMLElement
  views: HTMLElement
  visitors: HTMLElement
}

export interface ById {
  <Id extends keyof Elements>(id: Id): Elements[Id]
  /** Of messages, and of the errors at fields. */
  (id: `m${number}` | `${string}-error` | `hint-${string}`): HTMLElement | null
}

/** Models that browsers have: https://webmachinelearning.github.io/translation-api/ */
export interface BrowserModels<Options, Made> {
  availability(options?: Options): Promise<'unavailable' | 'downloadable' | 'downloading' | 'available'>
  create(options: Options & { monitor?: (target: EventTarget) => void; signal?: AbortSignal }): Promise<Made>
}

declare global {
  interface Window {
    Translator: BrowserModels<{ sourceLanguage: string; targetLanguage: string }, import('./device/reader.js').Translating>
    LanguageDetector: BrowserModels<object, import('./device/reader.js').Detecting>
    SockJS: new (url: string, protocols?: null, options?: { transports?: string; timeout?: number }) => import('./types.d.ts').Socket
  }

  // All elements of our pages are HTML.
  interface ParentNode {
    querySelector<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): HTMLElementTagNameMap[Tag] | null
    querySelector<Found extends HTMLElement = HTMLElement>(selectors: string): Found | null
    querySelectorAll<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): NodeListOf<HTMLElementTagNameMap[Tag]>
    querySelectorAll<Found extends HTMLElement = HTMLElement>(selectors: string): NodeListOf<Found>
  }

  interface Element {
    closest<Found extends HTMLElement = HTMLElement>(selectors: string): Found | null
  }
}
