/** Batches packed by the reference implementations, in variants that our codecs do not write. */

/** The content of the batches. */
export const rows = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `row ${index % 50};`).join(''));

/** Two frames: dependent blocks with all checksums and the size; then, after a skippable frame, a frame without them. */
export const lz4Batch = Buffer.from(
  'BCJNGFxAoAkBAAAAAAAb0AEAAGByb3cgMDsGABExBgARMgYAETMGABE0BgARNQYAETYGABE3BgAROAYAEjk2AAM9AAI+ABIxPwASMUAAEjFBABIxQgASMUMAEjFEABIxRQASMUYAEjJGABMyhAACRgASMkYAEjJGABIyRgASMkYAEjJGABIyRgASMkYAEjNGABIzRgATM8sAAkYAEjNGABIzRgASM0YAEjNGABIzRgASM0YAEjRGABI0RgASNEYAEzQSAQJGABI0RgASNEYAEjRGABI0RgA/NDk7VAH///////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////+TUHcgMzc73dkpshMAAAAPVAH///////////+RUHcgNDk7h2Zf/AAAAABdDxcWUCpNGAMAAABhYmMEIk0YYFD72gEAAGByb3cgMDsGABExBgARMgYAETMGABE0BgARNQYAETYGABE3BgAROAYAEjk2AAM9AAI+ABIxPwASMUAAEjFBABIxQgASMUMAEjFEABIxRQASMUYAEjJGABMyhAACRgASMkYAEjJGABIyRgASMkYAEjJGABIyRgASMkYAEjNGABIzRgATM8sAAkYAEjNGABIzRgASM0YAEjNGABIzRgASM0YAEjRGABI0RgASNEYAEzQSAQJGABI0RgASNEYAEjRGABI0RgA/NDk7VAH/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////PVB3IDQ5OwAAAAA=',
  'base64',
);

/** Two frames of unknown size with checksums, and a skippable frame between them. */
export const zstdBatch = Buffer.from(
  'KLUv/QQ4jQIAsgMKDsAbDrZXlXqXpMnkr4Bx27Zt2///q6rqMYWMrRDHFDK2AqykUAArqTKoIL7eAeCVZQwhBDS9/f///w1ICFcVeGxl4qC0GUA2lVJp2J0Ctps8pVAqTRgDAAAAYWJjKLUv/QQ4jQIAsgMKDsAbDrZXlXqXpMnkr4Bx27Zt2///q6rqMYWMrRDHFDK2AqykUAArqTKoIL7eAeCVZQwhBDS9/f///w1ICFcVeGxl4qC0GUA2lVJp2J0Ctps8pQ==',
  'base64',
);

/** The first 600 bytes, without the framing of snappy-java. */
export const snappyBatch = Buffer.from(
  '2AQUcm93IDA7AQYAMQUGADIFBgAzBQYANAUGADUFBgA2BQYANwUGADgFBgA5BQYAMQ09CT4AMQk/ADEJQAAxCUEAMQlCADEJQwAxCUQAMQlFADEJRgAyCUYAMglGADIJRgAyCUYAMglGBDI1BXAAMglGADIJRgAyCUYAMglGADMJRgAzCUYAMwlGADMJRgAzCUYAMwlGADMJRgAzCUYAMwlGADMJRgA0CUYANAlGADQJRgA0CUYANAlGADQJRgA0CUYANAlGADQJRgA0CUYJRQlECUMNQgXGCUAJPwk+CT0JPP5UAf5UAf5UASFU',
  'base64',
);
