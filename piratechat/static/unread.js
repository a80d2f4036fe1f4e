// Counts in the title what was said while the page was not looked at.

export class Unread {
  constructor() {
    this.count = 0
    this.title = document.title
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.show(0) })
  }

  said() {
    if (document.hidden) this.show(this.count + 1)
  }

  rename(from, to) {
    this.title = this.title.replace(from, () => to)
    this.show(this.count)
  }

  show(count) {
    this.count = count
    document.title = count ? `(${count}) ${this.title}` : this.title
  }
}
