import type { Checked } from '../core/checked.ts';
import type { Pairs } from './pairs.ts';

/** An HTTP request, as formats put it into events. */
export interface HttpRequest {
  readonly method: string;
  /** As its bytes came, without the query, and without a prefix that the route takes off. */
  readonly path: string;
  /** What followed the `?`, as its bytes came; undefined without a `?`. */
  readonly query: string | undefined;
  /** As `HTTP/1.1`. */
  readonly protocol: string;
  /** In lower case, without port and final dot; empty when the client named none. */
  readonly host: string;
  /**
   * End-to-end headers in the order of their arrival, names in lower case, values as their bytes came (one character a
   * byte); `host`, `x-forwarded-*` and `x-amzn-trace-id` are among them.
   */
  readonly headers: Readonly<Pairs>;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly body: Buffer;
  /** Whether the body came in chunks, and so without a length (RFC 9112 section 7.1). */
  readonly chunked?: boolean;
}

/** What the Invoke API answered (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). */
export interface Invoked {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Pairs>;
  /** `X-Amz-Function-Error`: the payload tells of an error of the function. */
  readonly functionError: string | undefined;
  readonly payload: Buffer;
}

/** An HTTP answer before it is sent; values of headers have one character a byte. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Pairs>;
  readonly body: Buffer;
}

/** How requests become events and what functions answer becomes HTTP. */
export interface Format {
  readonly name: string;
  /** The event, as the bytes of an Invoke payload. */
  encode(request: HttpRequest): Buffer;
  /** The answer, or what the function's answer must be, such as `must be JSON`. */
  decode(invoked: Invoked): Checked<HttpAnswer>;
  /** Whether {@link decode} answers errors of functions too. */
  readonly passesFunctionErrors: boolean;
  /** Whether streamed answers may begin with a prelude; otherwise they are passed on as they come. */
  readonly readsPreludes: boolean;
  /** What clients see of a failed function, or of an answer that is none. */
  readonly failure: { readonly status: 500 | 502; readonly emptyBody: boolean };
}
