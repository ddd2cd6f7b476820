type Stream = Pick<NodeJS.WriteStream, 'write'>;

/**
 * Drops what is written to stderr from here on when NODE_DEBUG is set, and tells whether it did: Node.js would print
 * headers and bodies there, credentials included, and cannot be talked out of it once it runs. Nothing of ours goes to
 * stderr, and a crash is not written through this stream.
 */
export function muteNodeDebug(env: NodeJS.ProcessEnv, stderr: Stream = process.stderr): boolean {
  if (!env['NODE_DEBUG']) return false;
  stderr.write = (_chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  };
  return true;
}
