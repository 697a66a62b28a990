/** Loudness of a microphone track for the level meter, 0…1, about 20 times a second. */

export function meter(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  // Without a click on the page so far the context may start suspended.
  void context.resume().catch(() => undefined);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, s) => sum + s * s, 0) / samples.length;
    // -60 dB and below is silence, -10 dB is loud speech.
    const decibel = 10 * Math.log10(power + 1e-9);
    onLevel(Math.min(1, Math.max(0, (decibel + 60) / 50)));
  }, 50);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}
