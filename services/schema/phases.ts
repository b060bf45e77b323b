/** The phases of applying a schema. */

/** The phases in their order. Data are loaded after `tables`. */
export const phases = ['tables', 'indexes', 'foreignKeys'] as const;

/** A phase. */
export type Phase = (typeof phases)[number];
