/** The little that is read from a session description. Pure. */

/** The version in `o=<user> <session> <version> …` (RFC 8866 section 5.2); -1 when there is none. */
export function offerVersion(sdp: string): number {
  const found = /^o=\S+ \S+ (\d+) /m.exec(sdp);
  return found ? Number(found[1]) : -1;
}
