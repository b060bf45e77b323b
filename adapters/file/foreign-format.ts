/** Recognizes files of other formats, and names the command that converts them. */
import { MalformedFile } from './element.ts';

type Foreign = {
  readonly what: string;
  /** First bytes as a hexadecimal prefix. */
  readonly starts: string;
  readonly advice: (file: string) => string;
};

const unpackWith = (command: string) => (file: string) => `${command} ${file} | npx sluice run --input -`;
const exportIt = () => 'Export it as CSV or JSON lines. CSV is read with --map (docs/start/your-own-data.md).';

/** Formats by their signatures. Source: the "magic" file of file(1), and each format's specification. */
const signatures: readonly Foreign[] = [
  { what: 'compressed with gzip', starts: '1f8b', advice: unpackWith('gunzip -c') },
  { what: 'compressed with zstd', starts: '28b52ffd', advice: unpackWith('zstd -dc') },
  { what: 'compressed with bzip2', starts: '425a68', advice: unpackWith('bunzip2 -c') },
  { what: 'compressed with xz', starts: 'fd377a585a00', advice: unpackWith('xz -dc') },
  { what: 'compressed with lz4', starts: '04224d18', advice: unpackWith('lz4 -dc') },
  {
    what: 'a zip archive or a workbook (xlsx, ods)',
    starts: '504b0304',
    advice: (file) => `Of an archive: unzip -p ${file} | npx sluice run --input -. A workbook is saved as CSV first.`,
  },
  { what: 'an old Excel workbook', starts: 'd0cf11e0', advice: exportIt },
  { what: 'Parquet', starts: '50415231', advice: exportIt },
  { what: 'ORC', starts: '4f5243', advice: exportIt },
  { what: 'an Avro container', starts: '4f626a01', advice: exportIt },
  { what: 'an SQLite database', starts: '53514c69746520666f726d617420', advice: exportIt },
  { what: 'a PDF', starts: '25504446', advice: exportIt },
  { what: 'UTF-32; expected UTF-8', starts: 'fffe0000', advice: recode('UTF-32') },
  { what: 'UTF-32; expected UTF-8', starts: '0000feff', advice: recode('UTF-32') },
  { what: 'UTF-16; expected UTF-8', starts: 'fffe', advice: recode('UTF-16') },
  { what: 'UTF-16; expected UTF-8', starts: 'feff', advice: recode('UTF-16') },
];

function recode(from: string): (file: string) => string {
  return (file) => `iconv -f ${from} -t UTF-8 ${file} | npx sluice run --input -`;
}

/** Number of bytes that is enough to recognize a file. */
export const signatureBytes = 16;

/** Throws a `MalformedFile` when the first bytes of a file are not text in UTF-8. */
export function refuseForeign(head: Buffer, name: string): void {
  const hex = head.toString('hex', 0, signatureBytes);
  const found = signatures.find(({ starts }) => hex.startsWith(starts)) ?? wideText(head);
  if (found !== undefined) throw new MalformedFile(`the file is ${found.what}`, 0, found.advice(inShell(name)));
}

/** Detects UTF-16 without a byte order mark: in Latin text every second byte is NUL. */
function wideText(head: Buffer): Omit<Foreign, 'starts'> | undefined {
  if (head.length < 2 || (head[0] !== 0) === (head[1] !== 0)) return undefined;
  return { what: 'UTF-16; expected UTF-8', advice: recode(head[0] === 0 ? 'UTF-16BE' : 'UTF-16LE') };
}

/** The error for a file whose lines open no object; its first line shows the format. */
export function notJson(line: Buffer, offset: number, name: string): MalformedFile {
  if (line.includes(0)) {
    return new MalformedFile('the file is binary: it has NUL bytes', offset + line.indexOf(0), exportIt());
  }
  const text = line.toString();
  if (/^<[!?a-z]/i.test(text)) return new MalformedFile('the file is XML or HTML', offset, exportIt());
  const delimiter = [';', '\t', ','].find((one) => text.includes(one));
  if (delimiter !== undefined) {
    const more = delimiter === ',' ? '' : `, "delimiter": ${JSON.stringify(delimiter)}`;
    return new MalformedFile(
      'the file is neither a JSON array nor JSON lines; it looks like CSV',
      offset,
      `A map says what its columns are: echo '{"format": "csv"${more}}' > map.json; npx sluice run --input ${
        name === '-' ? '-' : `file:${inShell(name)}`
      } --map map.json`,
    );
  }
  return new MalformedFile(
    "neither a JSON array nor JSON lines: it does not begin with '[', and no line opens an object",
    offset,
  );
}

/** The name of a file, quoted for a shell; FILE for standard input. */
const inShell = (name: string): string => {
  if (name === '-') return 'FILE';
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
};
