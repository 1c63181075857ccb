import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import { ANSWER_HEADERS, REQUEST_HEADERS } from '../../functions/operations/row.ts';

/**
 * The headers of a signed request, as the client and the SDKs of AWS send them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const SIGNATURE = ['authorization', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];

/** Headers that API Gateway sets when it refuses a request: why, and the id under which it logged the request. */
const REFUSAL = ['apigw-requestid', 'www-authenticate', 'x-amzn-errortype', 'x-amzn-requestid'];

const lowerCase = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** The request headers that a page may send. `user-agent`: the client names itself. */
export const allowedHeaders = [...lowerCase(REQUEST_HEADERS), 'content-type', 'user-agent', ...SIGNATURE];

/** The headers of answers that a page may read. `allow`: the methods of a path, where the one of the request is none. */
export const exposedHeaders = [...lowerCase(ANSWER_HEADERS), 'allow', ...REFUSAL];

/** Returns what the API tells browsers: the given options, and the headers and methods of Berth where none are given. */
export function preflightOf(given: CorsPreflightOptions): CorsPreflightOptions {
  return {
    allowMethods: [CorsHttpMethod.ANY],
    allowHeaders: [...allowedHeaders].sort(),
    exposeHeaders: [...exposedHeaders].sort(),
    // Each preflight that a browser does not remember invokes a function.
    maxAge: Duration.hours(1),
    ...given,
  };
}
