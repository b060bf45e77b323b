/**
 * Countries of ISO 3166-1 that belong to another one. Their people use the larger country's names, domains and codes as well. So a cell
 * that names France may mean Réunion, and does mean it if another cell names Réunion.
 */
const lines = `
FR;RE;GP;MQ;GF;YT;PM;BL;MF;NC;PF;WF;TF
US;PR;GU;VI;AS;MP;UM
GB;JE;GG;IM;GI
NO;SJ
FI;AX
DK;GL;FO
NL;AW;CW;SX;BQ
CN;HK;MO
AU;CX;CC;NF
`;

/** Territory to the country it belongs to. */
export const territories: ReadonlyMap<string, string> = new Map(
  lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [state = '', ...parts] = line.split(';');
      return parts.map((part) => [part, state] as const);
    }),
);
