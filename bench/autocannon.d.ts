/** What the bench uses of autocannon, which brings no types. */
declare module 'autocannon' {
  function autocannon(options: { url: string; connections: number; duration: number }): Promise<{
    requests: { average: number };
    non2xx: number;
    errors: number;
  }>;
  export = autocannon;
}
