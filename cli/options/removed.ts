/** Options that earlier versions had, with advice on what to do instead. */

const removed: { readonly [flag: string]: string } = {
  '--no-create-topic': 'That is the default now: a missing topic is created only with --create-topic. Leave it out.',
};

/** Returns advice for a command-line error about a removed option; undefined for other errors. */
export const removedOption = (message: string): string | undefined =>
  Object.entries(removed).find(([flag]) => message.includes(`'${flag}'`))?.[1];
