/** The part of autocannon that the benches use; the package carries no types. */
declare module 'autocannon' {
  interface Result {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    readonly duration: number;
  }
  export default function autocannon(options: {
    readonly url: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly idReplacement: boolean;
    readonly connections: number;
    readonly duration: number;
  }): Promise<Result>;
}
