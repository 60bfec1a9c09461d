import { alb } from './formats/alb.ts';
import { apigwV1 } from './formats/apigw-v1.ts';
import { apigwV2 } from './formats/apigw-v2.ts';
import { envoy } from './formats/envoy.ts';
import { functionUrl } from './formats/function-url.ts';
import { raw } from './formats/raw.ts';
import type { FormatChoice } from './format-choice.ts';
import type { Format } from './message.ts';

/** The format that is meant by its name, in one of its settings. */
export function formatOf({ name, multiValueHeaders, decodePath }: FormatChoice): Format {
  switch (name) {
    case 'apigw-v2':
      return apigwV2(decodePath);
    case 'function-url':
      return functionUrl;
    case 'apigw-v1':
      return apigwV1;
    case 'alb':
      return alb(multiValueHeaders);
    case 'envoy':
      return envoy;
    case 'raw':
      return raw;
  }
}
