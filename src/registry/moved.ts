/** Somebody decided between an asker's look and the asker's decision; nothing was written, and the newer decision holds. */
export class VersionMoved extends Error {
  override readonly name = 'VersionMoved';
}
