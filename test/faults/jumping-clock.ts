/**
 * Preloaded into a process: its clock is off by CLOCK_OFFSET_MS, and at SIGUSR2 it jumps by CLOCK_JUMP_MS, like a machine whose time is
 * set. All code sees the changed time, including libraries. Timers and `performance.now()` are not affected, as on such a machine.
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
