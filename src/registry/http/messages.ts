/** A request as the program sees it, wherever it came from. */
export interface HttpRequest {
  readonly method: string;
  /** Without query, a stage's name, or a slash at the end. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Whether an answer may be compressed here, which a REST API does by itself. */
  readonly mayCompress: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
