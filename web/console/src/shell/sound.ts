// Two short tones, made here: no file to load. Browsers stay silent until the first click or key.

const TONES = [880, 1174.7];
const EACH_S = 0.14;

let context: AudioContext | undefined;

/** `volume` from 0 to 1. Answers whether it could be heard. */
export async function ring(volume: number): Promise<boolean> {
  context ??= new AudioContext();
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((later) => setTimeout(later, 100))]);
  if (context.state !== "running") return false;
  const start = context.currentTime;
  TONES.forEach((frequency, i) => {
    if (!context) return;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const from = start + i * EACH_S;
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.0001, from);
    loudness.gain.exponentialRampToValueAtTime(Math.max(0.0002, volume * 0.3), from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, from + EACH_S);
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + EACH_S);
  });
  return true;
}
