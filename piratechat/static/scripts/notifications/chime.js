// A sound of two soft notes, which is synthesized, so that no file has to be loaded.

const NOTES = [{ hertz: 659.26, at: 0 }, { hertz: 880, at: 0.11 }]     // E5, A5
const LOUDEST = 0.12
const SECONDS = 0.35

export class Chime {
  /** @type {AudioContext | undefined} */
  context

  // Browsers allow sound only after the reader has used the page.
  play() {
    if (navigator.userActivation?.hasBeenActive === false) return
    this.context ??= new AudioContext()
    this.context.resume().catch(() => {})
    for (const note of NOTES) this.note(this.context, note)
  }

  /**
   * @param {AudioContext} context
   * @param {{hertz: number, at: number}} note
   */
  note(context, { hertz, at }) {
    const start = context.currentTime + at
    const tone = new OscillatorNode(context, { type: 'sine', frequency: hertz })
    const volume = new GainNode(context, { gain: 0 })
    volume.gain.setValueAtTime(0, start)
    volume.gain.linearRampToValueAtTime(LOUDEST, start + 0.015)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + SECONDS)
    tone.connect(volume).connect(context.destination)
    tone.start(start)
    tone.stop(start + SECONDS)
  }
}
