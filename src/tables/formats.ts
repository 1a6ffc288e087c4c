/** The words of a file's format. A leaf: contract, command tree and web name them without loading what writes. */
export const FILE_FORMATS = ['csv', 'parquet', 'ndjson'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];
