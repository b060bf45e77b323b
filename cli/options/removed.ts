/** Options of earlier versions, and what to do instead. */

const removed: { readonly [flag: string]: string } = {
  '--no-create-topic': 'That is the default now: a missing topic is created only with --create-topic. Leave it out.',
};

/** Advice for an error of the command line that names such an option; undefined for any other. */
export const removedOption = (message: string): string | undefined =>
  Object.entries(removed).find(([flag]) => message.includes(`'${flag}'`))?.[1];
