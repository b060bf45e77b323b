/**
 * Loaded into a process before anything else: its clock is off by CLOCK_OFFSET_MS, and at SIGUSR2 jumps by CLOCK_JUMP_MS,
 * as when a machine's time is set. Everything that asks for the time sees it, libraries too; timers and `performance.now()` go on, as they do then.
 */
const Real = globalThis.Date;
let shift = Number(process.env.CLOCK_OFFSET_MS ?? 0);

class JumpingDate extends Real {
  constructor(...args: readonly []) {
    if (args.length === 0) super(JumpingDate.now());
    else super(...args);
  }

  static override now(): number {
    return Real.now() + shift;
  }
}

globalThis.Date = JumpingDate as DateConstructor;
process.on('SIGUSR2', () => {
  shift += Number(process.env.CLOCK_JUMP_MS);
});
