/** The part of autocannon that the bench uses. The package has no types. */
declare module 'autocannon' {
  function autocannon(options: { url: string; connections: number; duration: number }): Promise<{
    requests: { average: number };
    non2xx: number;
    errors: number;
  }>;
  export = autocannon;
}
