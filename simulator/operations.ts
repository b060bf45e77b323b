/** The shares of operations, as in `--operations insert=60,update=30,delete=10`. */

/** Relative shares, which need not add up to 100. */
export type OperationShares = { readonly insert: number; readonly update: number; readonly delete: number };

export const defaultOperations: OperationShares = { insert: 60, update: 30, delete: 10 };

const isShare = (name: string): name is keyof OperationShares => Object.hasOwn(defaultOperations, name);

/** Parses the shares; a missing one is 0. Throws a `RangeError` with the mistake and the expected format. */
export function parseOperations(text: string): OperationShares {
  const shares = { insert: 0, update: 0, delete: 0 };
  const seen = new Set<string>();
  const refuse = (why: string): never => {
    throw new RangeError(`operations '${text}': ${why}; expected for example insert=60,update=30,delete=10`);
  };
  for (const part of text.split(',')) {
    const [name = '', amount, ...more] = part.split('=').map((item) => item.trim());
    if (!isShare(name)) return refuse(name === '' ? 'an operation is missing' : `'${name}' is not an operation`);
    if (seen.has(name)) refuse(`'${name}' is given twice`);
    seen.add(name);
    if (amount === undefined || more.length > 0 || !/^\d+(?:\.\d+)?$/.test(amount)) {
      refuse(`the share of '${name}' must be a number from 0`);
    }
    shares[name] = Number(amount);
  }
  const total = shares.insert + shares.update + shares.delete;
  if (total === 0) refuse('all shares are 0');
  if (!Number.isFinite(total)) refuse('the shares are too large');
  if (shares.insert === 0) refuse('without inserts there is no user to update or delete');
  return shares;
}
